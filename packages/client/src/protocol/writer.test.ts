/** What is written is what msgpackr would write, byte for byte, and what our reader reads back. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { decodeHeader, encodeHeader } from "./header.ts";
import type { HeaderFields } from "./header.ts";
import { pack } from "./msgpack.ts";

const RUNS = process.env["SLOW"] === "1" ? 100_000 : 5_000;
/** Round each border between two forms. */
const BORDERS = [0, 31, 32, 127, 128, 255, 256, 32_767, 32_768, 65_535, 65_536, 2 ** 31, 2 ** 32, 2 ** 53];

const integers = fc.oneof(
  fc.maxSafeInteger(),
  fc
    .tuple(fc.constantFrom(...BORDERS), fc.integer({ min: -2, max: 1 }), fc.constantFrom(1, -1))
    .map(([border, off, sign]) => (border + off) * sign)
    .filter(Number.isSafeInteger),
);
const texts = fc.string({ unit: "binary", maxLength: 300 });
const values = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    integers,
    texts,
    fc.boolean(),
    fc.constant(null),
    fc.constant(undefined),
    fc.array(
      tie("value").map((one) => one ?? null),
      { maxLength: 40 },
    ),
    fc.dictionary(texts, tie("value"), { maxKeys: 40, noNullPrototype: false }),
  ),
})).value;
const headers = fc.dictionary(texts, values, { maxKeys: 20 }) as fc.Arbitrary<HeaderFields>;

it(`writes ${RUNS} headers as msgpackr does`, { timeout: 600_000 }, () => {
  fc.assert(
    fc.property(headers, (fields) => {
      const expected = pack(fields);
      fc.pre(expected.length <= 16_384);
      expect(encodeHeader(fields).toString("hex")).toBe(expected.toString("hex"));
    }),
    { numRuns: RUNS },
  );
});

it("each length of a text, an array and a map is written so that it can be read back", () => {
  for (const count of [0, 15, 16, 31, 32, 255, 256, 4_000]) {
    const fields = {
      text: "x".repeat(count),
      list: Array.from({ length: count }, () => 1),
      map: Object.fromEntries(Array.from({ length: Math.min(count, 1_000) }, (_, i) => [`k${i}`, true])),
    };
    expect(encodeHeader(fields).equals(pack(fields))).toBe(true);
    expect(decodeHeader(encodeHeader(fields)).get("text")).toBe(fields.text);
  }
});

it("a header that was written does not change when the next one is", () => {
  const first = encodeHeader({ a: "first" });
  const copy = Buffer.from(first);
  encodeHeader({ b: "second" });
  expect(first.equals(copy)).toBe(true);
});

it.each([0.5, NaN, Infinity, 2 ** 53])("refuses to write %d", (n) => {
  expect(() => encodeHeader({ n })).toThrow(RangeError);
});
