import { isUtf8 } from "node:buffer";
import { readFileSync } from "node:fs";
import { secretBuffer } from "@sotto/client";
import { usage } from "../failure/failure.ts";

const QUOTE = 0x27;
/** How a single quote stands between single quotes. */
const QUOTED_QUOTE = Buffer.from("'\\''");
/** execve(2): longest string of an environment, `VAR=value` and the 0 at its end. */
const MAX_STRING_BYTES = 32 * 4096;

/** A variable and its bytes, which are not copied. */
export interface Variable {
  readonly variable: string;
  readonly bytes: Buffer;
}

/** Throws a usage failure for a value that no environment can hold. */
export function checkHolds({ variable, bytes }: Variable, name: string): void {
  if (bytes.includes(0))
    throw usage(
      `${name}: the value holds a byte 0, which no environment can hold`,
      "hand it over with --fd or --file",
    );
  if (variable.length + bytes.length + 2 > MAX_STRING_BYTES)
    throw usage(`${name}: the value is too long for an environment`, "hand it over with --fd or --file");
}

/** `export VAR='value'`, for a shell that reads it from a file; every byte but 0 may stand in it. The caller wipes it. */
export function exportLine({ variable, bytes }: Variable): Buffer {
  const quotes = bytes.reduce((count, byte) => (byte === QUOTE ? count + 1 : count), 0);
  const start = `export ${variable}='`;
  const line = secretBuffer(start.length + bytes.length + quotes * (QUOTED_QUOTE.length - 1) + 2);
  let at = line.write(start, "latin1");
  for (const byte of bytes) {
    if (byte === QUOTE) at += QUOTED_QUOTE.copy(line, at);
    else line[at++] = byte;
  }
  line.write("'\n", at, "latin1");
  return line;
}

/** Shells set these themselves. */
const SET_BY_SHELLS = ["PWD", "OLDPWD", "SHLVL"];

/** Lines that give the variables that a shell changes by itself the values, or the absence, that they have now. */
export function restoreLines(): Buffer[] {
  const lines = SET_BY_SHELLS.flatMap((variable) => {
    const value = process.env[variable];
    return value === undefined ? [] : [exportLine({ variable, bytes: Buffer.from(value) })];
  });
  return [Buffer.from(`unset ${SET_BY_SHELLS.join(" ")}\n`), ...lines];
}

const ENTRY = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s;

/** Variables of this process that are not UTF-8: Node would hand them on changed. */
export function oddVariables(): Variable[] {
  const all = readFileSync("/proc/self/environ");
  if (isUtf8(all)) return [];
  return all
    .toString("latin1")
    .split("\0")
    .flatMap((entry): Variable[] => {
      const [, variable, value] = ENTRY.exec(entry) ?? [];
      if (variable === undefined || value === undefined) return [];
      const bytes = Buffer.from(value, "latin1");
      return isUtf8(bytes) ? [] : [{ variable, bytes }];
    });
}
