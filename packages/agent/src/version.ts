import { readFileSync } from "node:fs";
import { getAsset, isSea } from "node:sea";

/** Of this agent: as its manifest says, which a single program has within it. */
export function ownVersion(): string {
  const text = isSea()
    ? getAsset("package.json", "utf8")
    : readFileSync(new URL("../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}
