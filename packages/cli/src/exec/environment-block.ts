import { isUtf8 } from "node:buffer";
import { secretBuffer, wipe } from "@sotto/client";
import { usage } from "../failure/failure.ts";
import type { Variable } from "./environment.ts";

/** Longest value of a variable, in units of UTF-16, the 0 at its end included. */
const MAX_UNITS = 32_767;
const UNIT = 2;

/**
 * The environment of a program of Windows: `VAR=value` and a 0 for each variable, ordered by name, and one more 0, UTF-16
 * little endian. `base`: what is not secret; variables replace those of the same name, however its letters are written. The
 * caller wipes the result. Throws a usage failure for a value that no environment of Windows can hold.
 */
export function environmentBlock(
  base: Readonly<Record<string, string | undefined>>,
  variables: readonly (Variable & { readonly name: string })[],
): Buffer {
  for (const one of variables) checkHoldsOnWindows(one);
  const taken = new Set(variables.map(({ variable }) => variable.toUpperCase()));
  const all: Variable[] = [
    ...variables,
    ...Object.entries(base)
      .filter(([variable, value]) => value !== undefined && !taken.has(variable.toUpperCase()))
      .map(([variable, value]) => ({ variable, bytes: Buffer.from(value ?? "") })),
  ];
  all.sort((one, other) => (one.variable.toUpperCase() < other.variable.toUpperCase() ? -1 : 1));
  const block = secretBuffer(all.reduce((sum, one) => sum + unitsOf(one), 1) * UNIT);
  let at = 0;
  for (const { variable, bytes } of all) {
    at += block.write(`${variable}=`, at, "utf16le");
    at = writeUtf16(block, at, bytes) + UNIT;
  }
  return block;
}

/** At most: UTF-16 has no more units than UTF-8 has bytes. What stays unused at the end is zero. */
const unitsOf = ({ variable, bytes }: Variable): number => variable.length + bytes.length + 2;

function checkHoldsOnWindows({ variable, bytes, name }: Variable & { readonly name: string }): void {
  const hint = "let the command call agent get, and read its output";
  if (bytes.includes(0))
    throw usage(`${name}: the value holds a byte 0, which no environment can hold`, hint);
  if (!isUtf8(bytes))
    throw usage(`${name}: the value is not UTF-8, and an environment of Windows holds text only`, hint);
  const room = secretBuffer(bytes.length * UNIT);
  try {
    if (writeUtf16(room, 0, bytes) / UNIT + variable.length + 2 > MAX_UNITS)
      throw usage(`${name}: the value is too long for an environment`, hint);
  } finally {
    wipe(room);
  }
}

/** Writes valid UTF-8 as UTF-16 little endian from `at` on, and returns where that ended. No string is made of it. */
export function writeUtf16(target: Buffer, at: number, bytes: Uint8Array): number {
  let end = at;
  for (let i = 0; i < bytes.length;) {
    const first = bytes[i++] ?? 0;
    const more = first < 0x80 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
    let point = more === 0 ? first : first & (0x3f >> more);
    for (let k = 0; k < more; k++) point = (point << 6) | ((bytes[i++] ?? 0) & 0x3f);
    if (point < 0x10000) {
      end = target.writeUInt16LE(point, end);
    } else {
      end = target.writeUInt16LE(0xd800 + ((point - 0x10000) >> 10), end);
      end = target.writeUInt16LE(0xdc00 + ((point - 0x10000) & 0x3ff), end);
    }
  }
  return end;
}
