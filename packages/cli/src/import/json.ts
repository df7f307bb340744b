import type { Node, ParseError } from "jsonc-parser";
import { parseTree } from "jsonc-parser";
import type { Entry, Parsed } from "./entry.ts";
import { bytesOf, unreadable } from "./entry.ts";
import { LineNumbers } from "./line-numbers.ts";

const STRICT = { disallowComments: true, allowTrailingComma: false, allowEmptyContent: false };
const DEEPEST = 16;

/**
 * Reads a JSON document: objects are segments of names, strings and numbers values, numbers digit by digit as they are
 * written. `JSON.parse` would lose those digits, and the first of two equal keys.
 */
export function readJson(text: string): Parsed {
  const errors: ParseError[] = [];
  const lines = new LineNumbers(text);
  let root: Node | undefined;
  try {
    root = parseTree(text, errors, STRICT);
  } catch {
    return unreadable("it is nested too deep"); // the stack was used up
  }
  const [error] = errors;
  if (error !== undefined) return unreadable(`line ${lines.at(error.offset)}: this is not valid JSON`);
  if (root?.type !== "object") return unreadable("the document is not an object");
  const walk = new Walk(text, lines);
  walk.object(root, []);
  return { entries: walk.entries, problems: walk.problems };
}

interface Member {
  readonly key: string;
  readonly node: Node;
}

class Walk {
  readonly entries: Entry[] = [];
  readonly problems: string[] = [];
  readonly #text: string;
  readonly #lines: LineNumbers;

  constructor(text: string, lines: LineNumbers) {
    this.#text = text;
    this.#lines = lines;
  }

  object(node: Node, path: readonly string[]): void {
    if (path.length > DEEPEST) return this.#refuse(node, "it is nested too deep");
    const members = this.#members(node);
    const special = asLogin(members) ?? asSecret(members);
    if (special !== undefined && path.length > 0) return this.#add(node, path, special);
    for (const member of members) this.#value(member.node, [...path, member.key]);
  }

  #value(node: Node, path: readonly string[]): void {
    if (node.type === "object") return this.object(node, path);
    const text = node.type === "number" ? this.#written(node) : stringOf(node);
    if (text === undefined) return this.#refuse(node, `${node.type} is no value: write it as a string`);
    this.#add(node, path, { text, attributes: {} });
  }

  /** Members with their keys, each of which may occur once. */
  #members(node: Node): Member[] {
    const members = new Map<string, Node>();
    for (const { children: [key, value] = [] } of node.children ?? []) {
      const name = key === undefined ? undefined : stringOf(key);
      if (key === undefined || name === undefined || value === undefined) continue;
      if (members.has(name)) this.#refuse(key, "the key is there twice in its object");
      members.set(name, value);
    }
    return [...members].map(([key, value]) => ({ key, node: value }));
  }

  #written = (node: Node): string => this.#text.slice(node.offset, node.offset + node.length);

  #add(node: Node, path: readonly string[], { text, base64, attributes }: Special): void {
    if (/\p{Surrogate}/u.test(text)) return this.#refuse(node, "a surrogate alone is no text");
    const value = base64 === true ? Buffer.from(text, "base64") : bytesOf(text);
    if (base64 === true && value.toString("base64") !== text) return this.#refuse(node, "this is no base64");
    this.entries.push({ path, where: this.#where(node), value, attributes });
  }

  #refuse(node: Node, problem: string): void {
    this.problems.push(`${this.#where(node)}: ${problem}`);
  }

  #where = (node: Node): string => `line ${this.#lines.at(node.offset)}`;
}

/** An object that is one secret. */
interface Special {
  readonly text: string;
  readonly base64?: boolean;
  readonly attributes: Readonly<Record<string, string>>;
}

const stringOf = (node: Node): string | undefined =>
  node.type === "string" && typeof node.value === "string" ? node.value : undefined;

const onlyKeys = (members: readonly Member[], ...keys: readonly string[]): boolean =>
  members.every(({ key }) => keys.includes(key));

function strings(members: readonly Member[]): Map<string, string> | undefined {
  const found = new Map<string, string>();
  for (const { key, node } of members) {
    const text = stringOf(node);
    if (text === undefined) return undefined;
    found.set(key, text);
  }
  return found;
}

/** `{"username": ..., "password": ..., "url": ...}`, the last one optional. */
function asLogin(members: readonly Member[]): Special | undefined {
  if (!onlyKeys(members, "username", "password", "url")) return undefined;
  const { password, ...attributes } = Object.fromEntries(strings(members) ?? []);
  if (password === undefined || attributes["username"] === undefined) return undefined;
  return { text: password, attributes };
}

/** `{"value": ..., "attributes": {...}}`, and `"encoding": "base64"` for bytes that are no text, as `get --json` writes it. */
function asSecret(members: readonly Member[]): Special | undefined {
  if (!onlyKeys(members, "value", "attributes", "encoding")) return undefined;
  const find = (key: string): Node | undefined => members.find((member) => member.key === key)?.node;
  const [value, given, encoding] = [find("value"), find("attributes"), find("encoding")];
  const text = value === undefined ? undefined : stringOf(value);
  const attributes = attributesOf(given);
  const as = encoding === undefined ? "utf8" : stringOf(encoding);
  if (text === undefined || attributes === undefined || (as !== "utf8" && as !== "base64")) return undefined;
  return { text, base64: as === "base64", attributes };
}

function attributesOf(node: Node | undefined): Record<string, string> | undefined {
  if (node === undefined) return {};
  if (node.type !== "object") return undefined;
  const pairs: [string, string][] = [];
  for (const { children: [key, value] = [] } of node.children ?? []) {
    const [name, text] = [key && stringOf(key), value && stringOf(value)];
    if (name === undefined || text === undefined) return undefined;
    pairs.push([name, text]);
  }
  return new Set(pairs.map(([name]) => name)).size === pairs.length ? Object.fromEntries(pairs) : undefined;
}
