import { wipe } from "@sotto/client";
import { usage } from "../failure/failure.ts";
import { readCsv } from "./csv.ts";
import type { Parsed, Reader } from "./entry.ts";
import { unreadable } from "./entry.ts";
import { readEnv } from "./env.ts";
import { decryptFernet } from "./fernet.ts";
import { readIni } from "./ini.ts";
import { readJson } from "./json.ts";
import { readNetrc } from "./netrc.ts";

const READERS: Readonly<Record<string, Reader>> = {
  env: readEnv,
  ini: readIni,
  json: readJson,
  netrc: readNetrc,
  csv: readCsv,
};
export const TEXT_FORMATS = Object.keys(READERS);

/** Reads a text of one of the formats. A byte order mark at the start is left out; what is not UTF-8 is refused. */
export function readText(format: string, bytes: Uint8Array): Parsed {
  const reader = Object.hasOwn(READERS, format) ? READERS[format] : undefined;
  if (reader === undefined) throw usage(`a format is ${TEXT_FORMATS.join(", ")} or fernet`);
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return unreadable("the file is not UTF-8");
  }
  return reader(text);
}

/** What is encrypted: a document of another format, or the one value of a secret. */
export type Inner = { readonly format: string } | { readonly name: string };

/** Reads a fernet token. Wipes the key, and what the token held where that is another document. */
export function readFernet(token: Uint8Array, key: Buffer, inner: Inner): Parsed {
  try {
    const plain = decryptFernet(token, key);
    if ("name" in inner)
      return {
        entries: [{ path: [inner.name], where: "the token", value: plain, attributes: {} }],
        problems: [],
      };
    try {
      return readText(inner.format, plain);
    } finally {
      wipe(plain);
    }
  } finally {
    wipe(key);
  }
}
