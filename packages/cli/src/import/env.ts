import { parse } from "dotenv";
import type { Entry, Parsed } from "./entry.ts";
import { bytesOf } from "./entry.ts";

/** One assignment as it is written. */
interface Assignment {
  readonly key: string;
  readonly line: number;
  /** The one way to read it; undefined where there are several. */
  readonly value: string | undefined;
}

/**
 * Reads `KEY=value` lines as dotenv does. dotenv passes over lines that it does not understand, cuts a value at a `#` and
 * keeps the last of two equal keys; other readers of such files do otherwise. What is not clear is refused here.
 */
export function readEnv(text: string): Parsed {
  const lines = text.replace(/\r\n?/g, "\n");
  const { assignments, problems } = scan(lines);
  const values: Readonly<Record<string, string>> = parse(lines);
  const entries: Entry[] = [];
  const seen = new Map<string, number>();
  for (const { key, line, value } of assignments) {
    const where = `line ${line}`;
    const before = seen.get(key);
    if (before !== undefined) problems.push(`${where}: the key was there before, in line ${before}`);
    else if (value === undefined || values[key] !== value) problems.push(`${where}: ${UNCLEAR}`);
    else entries.push({ path: [key], where, value: bytesOf(value), attributes: {} });
    seen.set(key, line);
  }
  return { entries, problems };
}

const UNCLEAR =
  "programs read this value in different ways: put it in single quotes, and a comment on a line of its own";

const EMPTY = /[^\S\n]*(?:#.*)?(?:\n|$)/y;
const KEY = /[^\S\n]*(?:export[^\S\n]+)?([\w.-]+)[^\S\n]*=[^\S\n]*/y;
const LINE = /[^\n]*(?:\n|$)/y;

function scan(text: string): { assignments: Assignment[]; problems: string[] } {
  const assignments: Assignment[] = [];
  const problems: string[] = [];
  let line = 1;
  for (let at = 0; at < text.length;) {
    const start = at;
    const key = match(KEY, text, at);
    if (key?.[1] !== undefined) {
      const { value, end } = valueAt(text, at + key[0].length);
      assignments.push({ key: key[1], line, value });
      at = end;
    } else {
      const empty = match(EMPTY, text, at);
      if (empty === undefined) problems.push(`line ${line}: this is no KEY=value`);
      at = empty === undefined ? endOfLine(text, at) : at + empty[0].length;
    }
    line += text.slice(start, at).split("\n").length - 1;
  }
  return { assignments, problems };
}

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text) ?? undefined;
}

const endOfLine = (text: string, at: number): number => at + (match(LINE, text, at)?.[0].length ?? 1);

function valueAt(text: string, at: number): { value: string | undefined; end: number } {
  const quote = text[at] ?? "";
  if (!/['"`]/.test(quote)) {
    const end = endOfLine(text, at);
    const value = text.slice(at, end).trim();
    return { value: value.includes("#") ? undefined : value, end };
  }
  const close = text.indexOf(quote, at + 1);
  const after = close < 0 ? undefined : match(EMPTY, text, close + 1);
  if (after === undefined) return { value: undefined, end: endOfLine(text, at) };
  return { value: unquoted(text.slice(at + 1, close), quote), end: close + 1 + after[0].length };
}

/** In double quotes dotenv knows `\n` and `\r` alone, a shell others; a backslash before the quote is seen in two ways. */
function unquoted(inner: string, quote: string): string | undefined {
  if (inner.endsWith("\\")) return undefined;
  if (quote !== '"') return inner;
  return /\\[\\$`"]/.test(inner) ? undefined : inner.replaceAll("\\n", "\n").replaceAll("\\r", "\r");
}
