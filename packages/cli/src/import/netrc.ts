import type { Entry, Parsed } from "./entry.ts";
import { bytesOf } from "./entry.ts";
import { LineNumbers } from "./line-numbers.ts";
import { apart } from "./names.ts";

/**
 * Reads a netrc, see netrc(5) of inetutils and, for quotes and comments, curl: tokens between blanks, a token in double
 * quotes with `\` before a character that is meant, `#` where a word is expected for the rest of the line. The parsers on
 * npm keep one login of a machine only, and know no quotes.
 */
export function readNetrc(text: string): Parsed {
  const reading = new Reading(text);
  while (reading.step());
  return { entries: apart(reading.entries), problems: reading.problems, leftOut: reading.leftOut };
}

interface Machine {
  readonly host: string;
  readonly line: number;
  readonly words: Map<string, string>;
}

const WORDS: Readonly<Record<string, string>> = {
  login: "login",
  user: "login",
  password: "password",
  passwd: "password",
  account: "account",
};
const BLANKS = /\s*/y;
const TOKEN = /"((?:\\[\s\S]|[^"\\])*)"(?=\s|$)|([^\s"]\S*)/y;
const COMMENT = /#[^\n]*/y;
/** A macro goes on to an empty line. */
const MACRO = /[\s\S]*?(?:\n[^\S\n]*(?=\r?\n)|$)/y;

class Reading {
  readonly entries: Entry[] = [];
  readonly problems: string[] = [];
  readonly leftOut: string[] = [];
  readonly #text: string;
  readonly #lines: LineNumbers;
  #at = 0;
  #machine: Machine | undefined;

  constructor(text: string) {
    this.#text = text;
    this.#lines = new LineNumbers(text);
  }

  /** Reads one word with what belongs to it; false at the end, and where it cannot go on. */
  step(): boolean {
    this.#take(BLANKS);
    while (this.#take(COMMENT) !== undefined) this.#take(BLANKS);
    if (this.#at >= this.#text.length) return this.#close();
    const line = this.#lines.at(this.#at);
    const word = this.#token();
    if (word === "machine") return this.#open(line, this.#token());
    if (word === "default") return this.#open(line, "default");
    if (word === "macdef") return this.#macro(line);
    const kind = word !== undefined && Object.hasOwn(WORDS, word) ? WORDS[word] : undefined;
    if (kind === undefined) return this.#refuse(line, "a word of a netrc is expected here");
    return this.#set(line, kind, this.#token());
  }

  #open(line: number, host: string | undefined): boolean {
    this.#close();
    if (host === undefined) return this.#refuse(line, "machine has no name");
    this.#machine = { host, line, words: new Map() };
    return true;
  }

  #set(line: number, kind: string, text: string | undefined): boolean {
    if (text === undefined) return this.#refuse(line, `${kind} has no value`);
    if (this.#machine === undefined) return this.#refuse(line, `${kind} belongs to no machine`);
    if (this.#machine.words.has(kind)) return this.#refuse(line, `${kind} is there twice for its machine`);
    this.#machine.words.set(kind, text);
    return true;
  }

  #macro(line: number): boolean {
    this.#take(MACRO);
    this.leftOut.push(`line ${line}: a macro`);
    return true;
  }

  /** Always false, as the end is. */
  #close(): false {
    const machine = this.#machine;
    this.#machine = undefined;
    if (machine === undefined) return false;
    const { host, line, words } = machine;
    const [login, password, account] = ["login", "password", "account"].map((kind) => words.get(kind));
    const where = `line ${line}`;
    const attributes = {
      ...(login !== undefined && { username: login }),
      ...(host !== "default" && { url: `https://${host}` }),
    };
    if (password === undefined) this.leftOut.push(`${where}: a machine without a password`);
    else this.entries.push({ path: [host], where, value: bytesOf(password), attributes });
    if (account !== undefined)
      // a second password, see ftp(1)
      this.entries.push({ path: [host, "account"], where, value: bytesOf(account), attributes });
    return false;
  }

  #refuse(line: number, problem: string): false {
    this.problems.push(`line ${line}: ${problem}`);
    return false;
  }

  #token(): string | undefined {
    this.#take(BLANKS);
    const found = this.#take(TOKEN);
    return found?.[2] ?? found?.[1]?.replace(/\\([\s\S])/g, (_all, one: string) => ESCAPES[one] ?? one);
  }

  #take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text) ?? undefined;
    if (found !== undefined) this.#at = pattern.lastIndex;
    return found;
  }
}

/** As curl reads them. */
const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };
