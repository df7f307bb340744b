import { isSecretName, MAX_ATTRIBUTE_KEY } from "@sotto/client/protocol";
import { usage } from "../failure/failure.ts";
import type { EscapeName } from "./escape-names.ts";
import { ESCAPES, isEscapeName } from "./escape-names.ts";

/** A place of the template where a secret goes. */
export interface Hole {
  readonly name: string;
  readonly attribute: string | undefined;
  readonly escape: EscapeName;
  /** What stands before it on its line, as latin1: formats with quotes look at it. */
  readonly before: string;
  /** Line and column of its start, in words. */
  readonly place: string;
}

/** A piece of the result: bytes of the template as they are, or a hole. */
export type Piece = Buffer | Hole;

export const isHole = (piece: Piece): piece is Hole => !Buffer.isBuffer(piece);

const OPEN = "{{";
const CLOSE = "}}";
/** The construct for two braces as they are, as text/template of Go has it. */
const BRACES = /^\s*"\{\{"\s*$/;
const SECRET = /^\s*secret\s+"([^"\\]*)"(?:\s+"([^"\\]*)")?\s*(?:\|\s*([a-z]+)\s*)?$/;
const ATTRIBUTE = new RegExp(`^[A-Za-z0-9_.-]{1,${MAX_ATTRIBUTE_KEY}}$`);

/**
 * Cuts a template into pieces. Throws a usage failure with line and column, and nothing of what stands there, for what is
 * no construct: a mistake shall not become a file.
 */
export function parseTemplate(bytes: Buffer, escape: EscapeName): Piece[] {
  const text = bytes.toString("latin1"); // a character a byte: positions are those of the bytes
  const pieces: Piece[] = [];
  let at = 0;
  for (;;) {
    const open = text.indexOf(OPEN, at);
    if (open < 0) break;
    const close = endOf(text, open);
    const place = placeOf(bytes, open);
    if (close < 0) throw usage(`${place}: {{ without }} on the same line`, HINT);
    if (open > at) pieces.push(bytes.subarray(at, open));
    const inner = text.slice(open + OPEN.length, close);
    const line = text.slice(text.lastIndexOf("\n", open) + 1, open);
    pieces.push(BRACES.test(inner) ? Buffer.from(OPEN) : holeOf(inner, { escape, before: line, place }));
    at = close + CLOSE.length;
  }
  if (at < bytes.length) pieces.push(bytes.subarray(at));
  return pieces;
}

const HINT =
  'a template knows {{secret "NAME"}}, {{secret "NAME" "ATTR"}}, each also with | FORMAT, and {{"{{"}}';

/** Where the construct ends on its line; -1 where it does not. */
function endOf(text: string, open: number): number {
  const lineEnd = text.indexOf("\n", open);
  const close = text.indexOf(CLOSE, open + OPEN.length);
  return lineEnd >= 0 && lineEnd < close ? -1 : close;
}

function holeOf(inner: string, around: Pick<Hole, "escape" | "before" | "place">): Hole {
  const [, name, attribute, filter] = SECRET.exec(inner) ?? [];
  const { place } = around;
  if (name === undefined) throw usage(`${place}: that is no construct of a template`, HINT);
  if (!isSecretName(name))
    throw usage(`${place}: that is not a valid name of a secret`, "a name looks like bank/login");
  if (attribute !== undefined && !ATTRIBUTE.test(attribute))
    throw usage(`${place}: that is not the key of an attribute`, "a key holds letters, digits, and _ . -");
  if (filter === undefined) return { ...around, name, attribute };
  if (!isEscapeName(filter))
    throw usage(`${place}: there is no such format`, `there are ${ESCAPES.join(", ")}`);
  return { ...around, name, attribute, escape: filter };
}

/** Counted from 1; the column in characters. */
function placeOf(bytes: Buffer, at: number): string {
  const before = bytes.subarray(0, at).toString("utf8").split("\n");
  return `line ${before.length}, column ${Array.from(before.at(-1) ?? "").length + 1}`;
}
