/** Parsers of option values. None quotes what it was given: a value at the wrong place could be a secret. */
import { MAX_ATTRIBUTE_BYTES, MAX_ATTRIBUTE_KEY, isPrintable, parseDuration } from "@sotto/client/protocol";
import { usage } from "../failure/failure.ts";

/** Turns the text of an option into its value; `previous` is the value so far, for options that may be repeated. */
export type Parser = (text: string, option: string, previous: unknown) => unknown;

const DURATION_HINT = "such as 30s, 10m, 8h or 2d";

/** Milliseconds. */
export const duration: Parser = (text, option) => {
  const ms = parseDuration(text);
  if (ms === undefined) throw usage(`${option} takes a duration`, DURATION_HINT);
  return ms;
};

/** Milliseconds, or 0. */
export const durationOrNone: Parser = (text, option, previous) =>
  /^0[smhd]?$/.test(text) ? 0 : duration(text, option, previous);

/** A whole number within bounds, both included; no sign, no blanks, no other base. */
export const integer =
  (min: number, max: number = Number.MAX_SAFE_INTEGER): Parser =>
  (text, option) => {
    const value = /^\d{1,16}$/.test(text) ? Number(text) : NaN;
    if (value >= min && value <= max) return value;
    const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
    throw usage(`${option} takes a whole number ${range}`);
  };

/** A whole number for an option that may stand without one: an operand behind it would be taken for its number. */
export const optionalInteger =
  (min: number, max: number): Parser =>
  (text, option, previous) => {
    if (/^\d/.test(text)) return integer(min, max)(text, option, previous);
    throw usage(
      `${option} takes a whole number from ${min} to ${max}, or nothing`,
      "let it be the last option, behind the name",
    );
  };

const HIGHEST_DESCRIPTOR = 0x7fff_ffff;
export const descriptor: Parser = integer(0, HIGHEST_DESCRIPTOR);

/** Adds each parsed value to a list. */
export const repeated =
  (parse: Parser): Parser =>
  (text, option, previous) => [
    ...((previous as unknown[] | undefined) ?? []),
    parse(text, option, undefined),
  ];

export const plain: Parser = (text) => text;

/** One of a few words, or several with commas between. */
export const words =
  (...allowed: readonly string[]): Parser =>
  (text, option) => {
    const chosen = [...new Set(text.split(","))];
    if (chosen.every((word) => allowed.includes(word))) return chosen;
    throw usage(`${option} takes ${allowed.join(" or ")}, or both with a comma between`);
  };

/** For whom Windows is to keep a key. */
export const keepScope: Parser = (text, option) => {
  if (text === "user" || text === "machine") return text;
  throw usage(`${option} takes user or machine`);
};

const ATTRIBUTE = new RegExp(`^([A-Za-z0-9_.-]{1,${MAX_ATTRIBUTE_KEY}})=(.*)$`, "s");

/** `KEY=VALUE`, added to the attributes so far. */
export const attribute: Parser = (text, option, previous) => {
  const [, key, value] = ATTRIBUTE.exec(text) ?? [];
  if (key === undefined || value === undefined)
    throw usage(`${option} takes KEY=VALUE`, "a key holds letters, digits, and _ . -");
  if (!isPrintable(value) || Buffer.byteLength(value) > MAX_ATTRIBUTE_BYTES)
    throw usage(
      `${option}: an attribute is one line of at most ${MAX_ATTRIBUTE_BYTES} bytes`,
      "attributes are not secret",
    );
  return { ...(previous as Record<string, string> | undefined), [key]: value };
};
