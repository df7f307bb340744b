import {
  attributesBytes,
  isPrintable,
  MAX_ATTRIBUTE_BYTES,
  MAX_ATTRIBUTE_KEY,
  MAX_ATTRIBUTES,
  MAX_ATTRIBUTES_BYTES,
  MAX_PAYLOAD_BYTES,
} from "@sotto/client/protocol";
import type { Entry, Parsed } from "./entry.ts";
import { nameOf } from "./names.ts";

/** A secret that is to be stored. */
export interface Planned extends Entry {
  readonly name: string;
}

export interface Plan {
  readonly planned: readonly Planned[];
  readonly problems: readonly string[];
}

/** Gives every entry its name. With problems nothing may be stored: all of them are told at once. */
export function makePlan({ entries, problems }: Parsed, prefix: string | undefined): Plan {
  const found = [...problems];
  const planned = new Map<string, Planned>();
  for (const entry of entries) {
    const name = nameOf(entry.path, prefix);
    const fault = name === undefined ? NO_NAME : faultOf(entry);
    const other = name === undefined ? undefined : planned.get(name);
    if (fault !== undefined) found.push(`${entry.where}: ${fault}`);
    else if (other !== undefined) found.push(`${entry.where}: it would be called as that of ${other.where}`);
    if (name !== undefined) planned.set(name, { ...entry, name });
  }
  if (entries.length === 0 && found.length === 0) found.push("there is no secret in it");
  return { planned: [...planned.values()], problems: found };
}

const NO_NAME =
  "no name comes of its keys: one to eight segments of at most 64 letters, digits and _ . -, with the prefix at most 255";
const ATTRIBUTE_KEY = new RegExp(`^[A-Za-z0-9_.-]{1,${MAX_ATTRIBUTE_KEY}}$`);

/** Why the agent would refuse it. */
function faultOf({ value, attributes }: Entry): string | undefined {
  const pairs = Object.entries(attributes);
  if (value.length > MAX_PAYLOAD_BYTES) return "the value is longer than 1 MiB";
  if (pairs.length > MAX_ATTRIBUTES) return `there are more than ${MAX_ATTRIBUTES} attributes`;
  if (attributesBytes(pairs) > MAX_ATTRIBUTES_BYTES)
    return `all attributes together are longer than ${MAX_ATTRIBUTES_BYTES} bytes`;
  const wrong = pairs.findIndex(([key, text]) => !isAttribute(key, text));
  return wrong < 0
    ? undefined
    : `attribute ${wrong + 1}: its key is letters, digits and _ . -, its text one line of at most ${MAX_ATTRIBUTE_BYTES} bytes`;
}

const isAttribute = (key: string, text: string): boolean =>
  ATTRIBUTE_KEY.test(key) && isPrintable(text) && Buffer.byteLength(text) <= MAX_ATTRIBUTE_BYTES;
