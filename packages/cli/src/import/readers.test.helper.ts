/** For tests of what each format takes, and what it refuses because it could mean something else. */
import { expect } from "vitest";
import type { Parsed } from "./entry.ts";
import { readText } from "./formats.ts";
import { makePlan } from "./plan.ts";

export type Row = readonly [name: string, value: string, attributes?: Readonly<Record<string, string>>];

/** Names, values and attributes of what was read, which must be without problems. */
export function rows(parsed: Parsed): Row[] {
  const { planned, problems } = makePlan(parsed, undefined);
  expect(problems).toEqual([]);
  return planned.map(({ name, value, attributes }) => {
    const some = Object.keys(attributes).length > 0;
    return some ? [name, value.toString(), { ...attributes }] : [name, value.toString()];
  });
}

/** Reads a text. */
export const read = (format: string, text: string | Buffer): Parsed => readText(format, Buffer.from(text));
/** Why a text is refused. */
export const problems = (format: string, text: string | Buffer): readonly string[] =>
  makePlan(read(format, text), undefined).problems;
