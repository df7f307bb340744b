import fc from "fast-check";
import { expect, test } from "vitest";
import { parseStrings } from "./json-strings.ts";

const parse = (text: string | Buffer): Record<string, string> =>
  Object.fromEntries([...parseStrings(Buffer.from(text))].map(([key, value]) => [key, value.toString()]));
/** As Go's encoder writes it, which docker uses: `<` and others escaped. */
const asGo = (text: string): string =>
  text.replace(/[<>&\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);

test("every text comes back as JSON.parse reads it", () => {
  const text = fc.string({ unit: "binary" }).filter((one) => Buffer.from(one).toString() === one);
  fc.assert(
    fc.property(
      fc.dictionary(
        text.filter((key) => key !== "__proto__"),
        text,
      ),
      (object) => {
        const expected = { ...object };
        for (const json of [
          JSON.stringify(object),
          JSON.stringify(object, null, "\t"),
          asGo(JSON.stringify(object)),
        ])
          expect(parse(json)).toEqual(expected);
      },
    ),
  );
});

test("every escape there is", () => {
  expect(parse(' {"a" : "\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\uD83D\\udd11" } \n')).toEqual({
    a: '"\\/\b\f\n\r\tA\u{1f511}',
  });
});

test.each([
  "",
  "null",
  "[]",
  '"hunter2"',
  "{",
  '{"a"}',
  '{"a":}',
  '{"a":1}',
  '{"a":"hunter2"',
  '{"a":"hunter2}',
  '{"a":"b",}',
  '{"a":"b"}x',
  '{"a":"b"}{"a":"b"}',
  '{"a":{"b":"c"}}',
  '{"a":"\\x"}',
  '{"a":"\\u12"}',
  '{"a":"\\ud83d"}',
  '{"a":"\\udd11"}',
  '{"a":"\\ud83d\\u0041"}',
  '{"a":"\n"}',
  '{"a":"\\"}',
  "{a:'b'}",
])("%j is refused, and not quoted", (text) => {
  expect(() => parse(text)).toThrow(/^the request is not an object of strings in JSON/);
});

test("bytes that are no UTF-8 are refused", () => {
  expect(() => parse(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x22, 0x22, 0x7d]))).toThrow(
    "the request is not",
  );
});
