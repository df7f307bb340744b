import { CsvError, parse } from "csv-parse/sync";
import type { Entry, Parsed } from "./entry.ts";
import { bytesOf, unreadable } from "./entry.ts";
import { apart } from "./names.ts";

/** Columns by what they are called in a plain table and in the exports of browsers and password managers. */
const NAME = ["name", "title"];
const VALUE = ["value", "password", "login_password"];
const USERNAME = ["username", "login_username", "user-name", "user"];
const URL_COLUMN = ["url", "login_uri", "uri", "website"];
/** Attributes are not secret: what people may keep a secret in becomes a secret of its own, below the row's name. */
const MAY_BE_SECRET =
  /pass|secret|token|key|pin|code|otp|note|extra|fields|comment|credential|private|pwd|value/;

interface Row {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

/** Reads a table with a header row, see RFC 4180: a column of names, one of values, and others as attributes. */
export function readCsv(text: string): Parsed {
  const rows = rowsOf(text);
  if (typeof rows === "string") return unreadable(rows);
  const [head, ...body] = rows;
  if (head === undefined) return unreadable("there is no header row");
  const columns = columnsOf(head.record);
  if (typeof columns === "string") return unreadable(columns);
  const all = body.map((row) => entriesOf(columns, row));
  const logins = apart(all.map(({ login }) => login));
  const entries = all.flatMap(({ others }, i) => {
    const login = logins[i];
    if (login === undefined) return [];
    return [login, ...others.map((one) => ({ ...one, path: [...login.path, ...one.path] }))];
  });
  return { entries, problems: [] };
}

/** The error of the package may quote what it met: of it only the line is told. */
function rowsOf(text: string): Row[] | string {
  try {
    return parse(text, { info: true, skip_empty_lines: true }) as unknown as Row[];
  } catch (error) {
    const { lines } = error instanceof CsvError ? (error as CsvError & { lines?: number }) : {};
    return `line ${lines ?? 1}: this is no row of a table with commas, or not as long as the first one`;
  }
}

interface Columns {
  readonly headers: readonly string[];
  readonly name: number;
  readonly value: number;
  readonly username: number;
  readonly url: number;
}

function columnsOf(head: readonly string[]): Columns | string {
  const headers = head.map((text) =>
    text
      .trim()
      .toLowerCase()
      .replace(/[^a-z0-9_.-]/g, "-"),
  );
  if (new Set(headers).size < headers.length) return "line 1: two columns have the same name";
  const find = (names: readonly string[]): number =>
    names.map((name) => headers.indexOf(name)).find((at) => at >= 0) ?? -1;
  const [name, value, username, url] = [find(NAME), find(VALUE), find(USERNAME), find(URL_COLUMN)];
  if (value < 0) return `line 1: there is no column ${VALUE.join(" or ")}`;
  if (name < 0 && url < 0) return `line 1: there is no column ${[...NAME, "url"].join(" or ")}`;
  return { headers, name, value, username, url };
}

/** The secret of a row, and what else in it may be one: paths of those are below the row's. */
function entriesOf(columns: Columns, { record, info }: Row): { login: Entry; others: Entry[] } {
  const { headers, name, value, username, url } = columns;
  const where = `line ${info.lines}`;
  const attributes = Object.create(null) as Record<string, string>;
  const others: Entry[] = [];
  for (const [at, text] of record.entries()) {
    const header = headers[at] ?? "";
    if (text === "" || at === name || at === value) continue;
    if (at === username) attributes["username"] = text;
    else if (at === url) attributes["url"] = text;
    else if (MAY_BE_SECRET.test(header))
      others.push({ path: [header], where, value: bytesOf(text), attributes: {} });
    else attributes[header] = text;
  }
  const called = record[name] ?? hostOf(record[url] ?? "");
  return { login: { path: [called], where, value: bytesOf(record[value] ?? ""), attributes }, others };
}

/** Browsers name no entry: its host is the name. */
function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url;
}
