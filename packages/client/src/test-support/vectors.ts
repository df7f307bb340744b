/** Reads one file of test/vectors/frames, strictly. Not part of the package. */
import { hex } from "./bytes.ts";

const EXPECTATIONS = ["accept", "bad-frame", "bad-request", "too-large", "unsupported-version"];
const ACCEPTED = ["id", "verb", "fields"];
const KEYS = ["expect", "why", "behaviour", ...ACCEPTED];

export interface Vector {
  readonly expect: string;
  readonly why: string;
  readonly bytes: Buffer;
  /** With `accept` only. */
  readonly id?: unknown;
  readonly verb?: string | undefined;
  readonly fields?: unknown;
}

/** Throws for whatever the format does not know. */
export function parseVector(text: string): Vector {
  const split = text.indexOf("\n\n");
  if (split < 0) throw new Error("no empty line between keys and bytes");
  const keys = parseKeys(text.slice(0, split));
  const bytes = hex(text.slice(split).replaceAll(/#.*$/gm, ""));
  if (bytes.length === 0) throw new Error("no bytes");
  return { ...judged(keys), bytes };
}

function parseKeys(text: string): Map<string, string> {
  const keys = new Map<string, string>();
  for (const line of text.split("\n")) {
    const match = /^([a-z]+): (.+)$/.exec(line);
    const [, key = "", value = ""] = match ?? [];
    if (!KEYS.includes(key) || keys.has(key)) throw new Error(`unknown or repeated key: ${line}`);
    keys.set(key, value);
  }
  return keys;
}

function judged(keys: Map<string, string>): Omit<Vector, "bytes"> {
  const expect = keys.get("expect") ?? "";
  const why = keys.get("why");
  if (!EXPECTATIONS.includes(expect) || why === undefined)
    throw new Error("no known expectation, or no reason");
  if (ACCEPTED.some((key) => keys.has(key) !== (expect === "accept")))
    throw new Error("id, verb and fields go with accept, all three");
  if (expect !== "accept") return { expect, why };
  const json = (key: string): unknown => JSON.parse(keys.get(key) ?? "");
  return { expect, why, id: json("id"), verb: keys.get("verb"), fields: json("fields") };
}
