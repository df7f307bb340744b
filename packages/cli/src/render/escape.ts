/** Values made fit for a format, as bytes: nothing here becomes a string. The caller wipes what it gets. */
import { isUtf8 } from "node:buffer";
import { secretBuffer, secretCopy, wipe } from "@sotto/client";
import { usage } from "../failure/failure.ts";
import { jsonString } from "../output/json-bytes.ts";
import type { EscapeName } from "./escape-names.ts";
import type { Hole } from "./template.ts";

const [TAB, LINE_FEED, RETURN, SPACE, DOUBLE, SINGLE, BACKSLASH, DELETE] = [9, 10, 13, 32, 34, 39, 92, 127];
/** Bytes that need no quotes in an ini file or a netrc: letters, digits, some signs, and what is above ASCII. */
const isPlain = (byte: number): boolean =>
  byte >= 0x80 || /[A-Za-z0-9_.,:@/+=~^!$&*()<>?|-]/.test(String.fromCharCode(byte));

type Escape = (value: Uint8Array, hole: Hole) => Buffer;

/** The value as it stands in the file: with the quotes of the format, where it needs some. */
export const escaped = (value: Uint8Array, hole: Hole): Buffer => ESCAPE[hole.escape](value, hole);

const ESCAPE: Readonly<Record<EscapeName, Escape>> = {
  json,
  ini,
  netrc,
  shell,
  none: (value) => each(value, (byte) => [byte]),
};

/** A whole JSON string; within quotes of the template, what stands between them. */
function json(value: Uint8Array, hole: Hole): Buffer {
  if (!isUtf8(value)) throw unfit(hole, "is not UTF-8, which JSON has to be");
  const whole = jsonString(value);
  if (quoteAfter(hole.before, '"') === undefined) return whole;
  const inner = secretCopy(whole.subarray(1), whole.length - 2);
  wipe(whole);
  return inner;
}

/** As git-config(1) and the option files of MySQL read it; a value is one line. */
function ini(value: Uint8Array, hole: Hole): Buffer {
  refuse(
    value,
    hole,
    (byte) => byte < SPACE || byte === DELETE,
    "holds a control character, such as the end of a line",
  );
  return quotedIfNeeded(value, hole, () => undefined);
}

const NETRC_ESCAPES = new Map([
  [LINE_FEED, 0x6e],
  [RETURN, 0x72],
  [TAB, 0x74],
]);

/** As curl (7.84 and later) reads a netrc, and any other program where it needs no quotes. */
function netrc(value: Uint8Array, hole: Hole): Buffer {
  const isControl = (byte: number): boolean => byte < SPACE || byte === DELETE;
  refuse(value, hole, (byte) => isControl(byte) && !NETRC_ESCAPES.has(byte), "holds a control character");
  return quotedIfNeeded(value, hole, (byte) => NETRC_ESCAPES.get(byte));
}

/** One word in single quotes, safe wherever a word may stand; within quotes it would not be. */
function shell(value: Uint8Array, hole: Hole): Buffer {
  if (quoteAfter(hole.before, "\"'") !== undefined || /\\$/.test(hole.before))
    throw usage(`${hole.place}: the shell format brings its own quotes`, "leave out those around it");
  refuse(value, hole, (byte) => byte === 0, "holds a byte 0, which no shell can hold");
  const word = each(value, (byte) => (byte === SINGLE ? [SINGLE, BACKSLASH, SINGLE, SINGLE] : [byte]));
  return surrounded(word, SINGLE);
}

/** `special` gives the letter that stands for a byte after a backslash. */
function quotedIfNeeded(
  value: Uint8Array,
  hole: Hole,
  special: (byte: number) => number | undefined,
): Buffer {
  if (quoteAfter(hole.before, '"') !== undefined)
    throw usage(`${hole.place}: the format brings its own quotes`, "leave out those around it");
  if (value.length > 0 && value.every(isPlain)) return each(value, (byte) => [byte]);
  const inner = each(value, (byte) => {
    const letter = byte === DOUBLE || byte === BACKSLASH ? byte : special(byte);
    return letter === undefined ? [byte] : [BACKSLASH, letter];
  });
  return surrounded(inner, DOUBLE);
}

/** The quote that is open at the end of a line's beginning. */
function quoteAfter(line: string, quotes: string): string | undefined {
  let open: string | undefined;
  for (let i = 0; i < line.length; i++) {
    const character = line.charAt(i);
    if (character === "\\" && open !== "'") i++;
    else if (character === open) open = undefined;
    else if (open === undefined && quotes.includes(character)) open = character;
  }
  return open;
}

const LONGEST = 4;

/** Each byte replaced by one to four. */
function each(value: Uint8Array, replace: (byte: number) => readonly number[]): Buffer {
  const room = secretBuffer(value.length * LONGEST);
  let at = 0;
  for (const byte of value) for (const one of replace(byte)) room[at++] = one;
  const result = secretCopy(room, at);
  wipe(room);
  return result;
}

/** Between two quotes; what it is given is wiped. */
function surrounded(inner: Buffer, quote: number): Buffer {
  const result = secretBuffer(inner.length + 2);
  result[0] = quote;
  inner.copy(result, 1);
  result[inner.length + 1] = quote;
  wipe(inner);
  return result;
}

function refuse(value: Uint8Array, hole: Hole, isBad: (byte: number) => boolean, why: string): void {
  if (value.some(isBad)) throw unfit(hole, why);
}

const unfit = ({ place, name, escape }: Hole, why: string): Error =>
  usage(
    `${place}: ${name} ${why}`,
    `no ${escape} file can hold it; keep another value, or use the format none`,
  );
