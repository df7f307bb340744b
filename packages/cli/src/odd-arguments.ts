import { isUtf8 } from "node:buffer";
import { readFileSync } from "node:fs";
import { usage } from "./failure/failure.ts";
import { isLinux } from "./platform/index.ts";

/** What Node makes of bytes that are not UTF-8. */
const REPLACEMENT = "\u{fffd}";

/** True where Node may have changed an argument: it may have been written with that character, too. */
export const mayBeOdd = (args: readonly string[]): boolean => args.some((arg) => arg.includes(REPLACEMENT));

/** Node has changed such an argument before we see it: another file would be opened, or handed to a command, than was meant. */
export function refuseOddArguments(args: readonly string[]): void {
  if (!isLinux || !mayBeOdd(args)) return;
  if (isUtf8(readFileSync("/proc/self/cmdline"))) return;
  throw usage(
    "an argument is not UTF-8, and Node cannot keep its bytes",
    "for a file, give a path that is; for the command of exec, let a shell in between make the argument",
  );
}
