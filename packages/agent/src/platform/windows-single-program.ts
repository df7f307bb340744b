import { isSea } from "node:sea";
import { dirname, join } from "node:path";
import { StartError } from "../start-error.ts";
import { programAt } from "./windows-program.ts";

const NATIVE = ["koffi.node", "sodium-native.node"];

/**
 * A single program takes its native modules from beside it, and has seen that they are those it was built with. Who else
 * could change one of them, or put another folder there, could do so the next time. Access lists can only be read with koffi,
 * so this comes after the load.
 */
export function refuseOpenProgram(): void {
  if (!isSea()) return;
  const folder = dirname(process.execPath);
  const open = [process.execPath, ...NATIVE.map((name) => join(folder, name))].find(
    (path) => programAt(path) === undefined,
  );
  if (open === undefined) return;
  throw new StartError(
    2,
    `others could change ${open}`,
    "install it in a folder that only administrators write, such as C:\\Program Files\\Sotto",
  );
}
