import { printableText } from "../audit/printable.ts";

/** A piece of the page that is markup already: nothing in it is escaped again. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** What may stand in a template: text and numbers are escaped, lists are joined, nothing is left out. */
export type Piece = Markup | string | number | undefined | readonly Piece[];

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text for content and for attributes in quotes: characters of HTML as entities, those that mislead as escapes. */
const escape = (text: string): string =>
  printableText(text).replace(/[&<>"']/g, (one) => ENTITIES[one] ?? one);

/** How the template is laid out in our source is nothing to the page: a line break takes its indentation with it. */
const INDENTATION = /\s*\n\s*/g;

/** The only way to make markup: whatever is put in is escaped unless it is markup itself. */
export function html(strings: TemplateStringsArray, ...pieces: readonly Piece[]): Markup {
  const fixed = strings.map((string) => string.replace(INDENTATION, "\n"));
  return new Markup(fixed.map((string, i) => string + (i < pieces.length ? toText(pieces[i]) : "")).join(""));
}

function toText(piece: Piece): string {
  if (piece === undefined) return "";
  if (piece instanceof Markup) return piece.text;
  if (typeof piece === "string") return escape(piece);
  if (typeof piece === "number") return String(piece);
  return piece.map(toText).join("");
}
