import { parse } from "ini";
import type { Entry, Parsed } from "./entry.ts";
import { bytesOf } from "./entry.ts";

/**
 * Reads an ini file: `key = value` in `[section]`. The package `ini` cuts a value at `;` and `#`, makes numbers of some
 * and arrays of others, and keeps the last of two equal keys; other programs do otherwise. So each line is also looked at
 * as it is written, and what does not come out the same is refused.
 */
export function readIni(text: string): Parsed {
  const entries: Entry[] = [];
  const problems: string[] = [];
  const seen = new Map<string, number>();
  const document = parse(text);
  let section: string | undefined;
  for (const [index, line] of text.split(/\r\n|\r|\n/).entries()) {
    const number = index + 1;
    const found = judge(line);
    if (found === undefined) continue;
    if ("section" in found) section = found.section;
    else if ("problem" in found) problems.push(`line ${number}: ${found.problem}`);
    else {
      const path = [...(section === undefined ? [] : [section]), found.key];
      const before = seen.get(path.join("\0"));
      seen.set(path.join("\0"), number);
      if (before !== undefined) problems.push(`line ${number}: the key was there before, in line ${before}`);
      else if (found.value === undefined || lookUp(document, section, found.key) !== found.value)
        problems.push(`line ${number}: ${UNCLEAR}`);
      else entries.push({ path, where: `line ${number}`, value: bytesOf(found.value), attributes: {} });
    }
  }
  return { entries, problems };
}

const UNCLEAR =
  "programs read this value in different ways: put it in double quotes, as JSON writes a string, and a comment on a line of its own";

type Line = { section: string } | { problem: string } | { key: string; value: string | undefined };

/** What a line is; undefined for an empty one and a comment. */
function judge(line: string): Line | undefined {
  if (/^\s*(?:[;#]|$)/.test(line)) return undefined;
  if (/^\s*\[/.test(line)) {
    const section = /^\[([^\][;#\\]+)\]\s*$/.exec(line)?.[1]?.trim();
    return section === undefined ? { problem: "this is no [section]" } : { section };
  }
  const [, key, raw] = /^([^=:]+)=(.*)$/s.exec(line) ?? [];
  if (key === undefined || raw === undefined) return { problem: "this is no key = value" };
  return { key: key.trim(), value: written(raw.trim()) };
}

/** A value as it is written; undefined where that depends on who reads it. */
function written(raw: string): string | undefined {
  const [, quote, inner = ""] = /^(["'])(.*)\1$/s.exec(raw) ?? [];
  if (quote === undefined) return raw;
  if (quote === "'") return inner;
  try {
    const value: unknown = JSON.parse(raw);
    return typeof value === "string" ? value : undefined;
  } catch {
    return undefined; // the error would quote it
  }
}

/** What the package made of it; it takes a section `a.b` as b within a. */
function lookUp(document: unknown, section: string | undefined, key: string): string | undefined {
  let at = document;
  for (const part of [...(section?.split(".") ?? []), key]) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, part)) return undefined;
    at = (at as Record<string, unknown>)[part];
  }
  return typeof at === "object" && at !== null ? undefined : String(at);
}
