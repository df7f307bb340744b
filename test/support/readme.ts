import { readFileSync } from "node:fs";

const README = new URL("../../README.md", import.meta.url);
const BLOCK = /<!-- npm run test:boot types these[^>]*-->\n```sh\n([^]*?)```/;

/** The commands of the README's first install block, as they stand there, one a line. */
export function installCommands(): string[] {
  const block = BLOCK.exec(readFileSync(README, "utf8"))?.[1];
  if (block === undefined) throw new Error("README.md has no block that the boot test can type");
  return block.split("\n").filter((line) => line.trim() !== "");
}
