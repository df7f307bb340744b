/** A secret as a text to be edited: its attributes, a line of dashes, the value. */
import { isUtf8 } from "node:buffer";
import type { Secret } from "@sotto/client";
import { MAX_PAYLOAD_BYTES } from "@sotto/client/protocol";
import { usage } from "../failure/failure.ts";
import { tooLong } from "../input/descriptor.ts";
import { attribute } from "../parse/option-values.ts";

type Attributes = Readonly<Record<string, string>>;

/** The value is a part of the bytes that it was read from. */
export interface Edited {
  readonly attributes: Attributes;
  readonly value: Buffer;
}

const DASHES = "---\n";
const HELP = [
  "Above the line of dashes: attributes, KEY=VALUE, one a line.",
  "Below it: the value, as it stands there, without the newline at the very end.",
];
const LINE_FEED = 0x0a;

/** Most bytes of such a text that are looked at. */
export const MAX_TEXT_BYTES = 2 * MAX_PAYLOAD_BYTES;

/** The text in parts, so that the value is not copied. Throws a usage failure for a value that an editor would spoil. */
export function toText(name: string, { attributes, bytes }: Pick<Secret, "attributes" | "bytes">): Buffer[] {
  if (!isUtf8(bytes) || bytes.includes(0))
    throw usage(
      "the value is no text, which an editor might spoil",
      "replace it with: agent set NAME --stdin",
    );
  const comments = [name, ...HELP].map((line) => `# ${line}\n`);
  const lines = Object.entries(attributes).map(([key, value]) => `${key}=${value}\n`);
  return [Buffer.from([...comments, ...lines, DASHES].join("")), bytes, Buffer.from("\n")];
}

/** What the text says now. Throws a usage failure that names the line, and quotes nothing. */
export function fromText(text: Buffer): Edited {
  const at = text.indexOf(`\n${DASHES}`);
  if (at < 0 && !text.subarray(0, DASHES.length).equals(Buffer.from(DASHES)))
    throw usage("the line of dashes is gone: nothing was stored", "it stands between attributes and value");
  const below = text.subarray(at + 1 + DASHES.length);
  const value = below.at(-1) === LINE_FEED ? below.subarray(0, -1) : below;
  if (value.length > MAX_PAYLOAD_BYTES) throw tooLong("the file", MAX_PAYLOAD_BYTES);
  return { attributes: readAttributes(text.subarray(0, Math.max(at, 0))), value };
}

function readAttributes(head: Buffer): Attributes {
  return head
    .toString("utf8")
    .split("\n")
    .reduce<Attributes>((before, line, index) => {
      if (line.trim() === "" || line.startsWith("#")) return before;
      return attribute(line, `line ${index + 1}`, before) as Attributes;
    }, {});
}

/** What `set` has to be told: the attributes as they are now, and an empty text for those that are gone. */
export function changedAttributes(before: Attributes, after: Attributes): Attributes {
  const gone = Object.keys(before).filter((key) => after[key] === undefined);
  return { ...after, ...Object.fromEntries(gone.map((key) => [key, ""])) };
}

export function isSame(secret: Pick<Secret, "attributes" | "bytes">, { attributes, value }: Edited): boolean {
  const keys = Object.keys(attributes);
  if (!secret.bytes.equals(value) || keys.length !== Object.keys(secret.attributes).length) return false;
  return keys.every((key) => secret.attributes[key] === attributes[key]);
}
