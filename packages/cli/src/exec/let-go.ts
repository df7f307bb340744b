import { closeSync, openSync } from "node:fs";
import type { Inherited } from "../platform/inherited.ts";

/** Lets go of what is the command's now: whoever reads its output shall see the end of it when the command closes it. */
export function letGo(inherited: readonly Inherited[]): void {
  for (const { fd } of inherited) closeSync(fd);
  for (const fd of [0, 1]) {
    closeSync(fd);
    openSync("/dev/null", fd === 0 ? "r" : "w"); // takes the lowest free number: this one
  }
}
