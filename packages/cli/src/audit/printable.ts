/**
 * Text that anybody may have chosen, such as the path of a program, made safe for a terminal and for a line.
 * Everything in Unicode's categories "other" (controls, formats such as the bidirectional ones, lone surrogates,
 * private use) and every separator but the plain blank is written as an escape of JSON.
 */
const UNSAFE = /[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu;
const PLAIN_WORD = /^[\w./:@+,=~%#-]+$/;

const escape = (character: string): string =>
  Array.from({ length: character.length }, (_, i) => character.charCodeAt(i))
    .map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`)
    .join("");

/** JSON in pure, printable characters where it matters: a terminal may show it, and it means the same. */
export const printableJson = (value: unknown): string => JSON.stringify(value).replace(UNSAFE, escape);

/** A word as it is, when nothing about it could mislead; else in quotes and with escapes, so that it stays one word. */
export const printableWord = (text: string): string => (PLAIN_WORD.test(text) ? text : printableJson(text));

/** Text to be read as text, such as a note: without quotes, a backslash doubled so that an escape is told from it. */
export const printableText = (text: string): string => text.replaceAll("\\", "\\\\").replace(UNSAFE, escape);
