import { describe, expect, it } from "vitest";
import { outcome } from "../test-support/bytes.ts";
import type { Decoder } from "./fields.ts";
import {
  attributes,
  attributesBytes,
  decodeFields,
  flag,
  integer,
  list,
  nullable,
  oneOf,
  optional,
  record,
  secretName,
  selector,
  text,
} from "./fields.ts";

const refuses = (decoder: Decoder<unknown>, ...values: unknown[]): void => {
  for (const value of values) expect(outcome(() => decoder(value))).toBe("bad-request");
};

describe("decoders of fields", () => {
  it("flag", () => {
    expect([flag(true), flag(false)]).toEqual([true, false]);
    refuses(flag, 0, 1, "true", null, undefined);
  });

  it("B14: integer takes whole numbers of its range and coerces nothing", () => {
    const digit = integer(1, 9);
    expect([digit(1), digit(9), integer()(0), integer()(2 ** 53 - 1)]).toEqual([1, 9, 0, 2 ** 53 - 1]);
    refuses(digit, 0, 10, 1.5, "1", 1n, Number.NaN, Infinity, null, undefined, true);
    refuses(integer(), -1, 2 ** 53);
  });

  it("text counts UTF-8 bytes and refuses control characters", () => {
    const four = text(4);
    expect([four("abcd"), four("éé"), four("")]).toEqual(["abcd", "éé", ""]);
    refuses(four, "abcde", "ééa", 1, null, undefined, "a\nb", "\u001b[m", "\u007f", "\u0085", "\u2028");
  });

  it("secretName and selector", () => {
    expect([secretName("a/b"), selector("a/**")]).toEqual(["a/b", "a/**"]);
    refuses(secretName, "a/**", "A", 1, undefined, null);
    refuses(selector, "**", 1, undefined);
  });

  it("optional takes what is left out, but not nil; nullable the other way round", () => {
    expect([optional(flag)(undefined), optional(flag)(true)]).toEqual([undefined, true]);
    refuses(optional(flag), null, 1);
    expect([nullable(flag)(null), nullable(flag)(true)]).toEqual([null, true]);
    refuses(nullable(flag), undefined, 1);
  });

  it("oneOf", () => {
    expect(oneOf("a", "b")("b")).toBe("b");
    refuses(oneOf("a", "b"), "c", "A", "toString", 0, undefined);
  });

  it("list", () => {
    expect(list(flag, 2)([true, false])).toEqual([true, false]);
    refuses(list(flag, 2), [true, true, true], [1], "ab", new Map(), undefined);
  });

  it("record is strict", () => {
    const pair = record<{ a: boolean; b?: number | undefined }>({ a: flag, b: optional(integer()) });
    expect(pair(new Map([["a", true]]))).toEqual({ a: true });
    refuses(pair, new Map(), new Map([["a", 1]]), { a: true }, [], null);
    refuses(pair, new Map([["a", true], ["c", true]])); // prettier-ignore
  });
});

describe("attributes", () => {
  const of = (...pairs: [unknown, unknown][]): unknown => attributes(new Map(pairs));

  it("are short strings under plain keys", () => {
    expect(of(["user", "report"], ["A_9.-", "é"], ["empty", ""])).toEqual({
      user: "report",
      "A_9.-": "é",
      empty: "",
    });
    expect(of()).toEqual({});
  });

  it("B17: have no prototype: a key that is not there is undefined, whatever it is called", () => {
    const none = attributes(new Map());
    for (const key of ["toString", "constructor", "__proto__"]) expect(key in none).toBe(false);
    expect(Object.getPrototypeOf(attributes(new Map([["__proto__", "x"]])))).toBeNull();
  });

  it("refuse other keys and values", () => {
    refuses(attributes, {}, [], "a", undefined, null);
    for (const key of ["", " ", "a b", "é", "a\n", "a=b", "a/b", "k".repeat(65), 1, null])
      expect(outcome(() => of([key, "x"]))).toBe("bad-request");
    for (const value of [1, null, true, [], "x".repeat(1025), "é".repeat(513)])
      expect(outcome(() => of(["k", value]))).toBe("bad-request");
  });

  it("B110: refuse control characters, which could forge lines", () => {
    for (const value of ["\n", "\r", "\0", "\u001b[2J", "\u007f", "\u009b", "\u2028", "\u2029"])
      expect(outcome(() => of(["k", value]))).toBe("bad-request");
  });

  it("have limits: 32 of them, 64 characters a key, 1 KiB a value, 8 KiB together", () => {
    const many = (count: number, length: number): [string, string][] =>
      Array.from({ length: count }, (_, i) => [`k${String(i).padStart(3, "0")}`, "x".repeat(length)]);
    expect(outcome(() => of(["k".repeat(64), "x".repeat(1024)]))).toBe("accept");
    expect(outcome(() => of(...many(32, 0)))).toBe("accept");
    expect(outcome(() => of(...many(33, 0)))).toBe("bad-request");
    expect(outcome(() => of(...many(8, 1020)))).toBe("accept");
    expect(outcome(() => of(...many(8, 1020), ["k", ""]))).toBe("bad-request");
  });

  it("are counted in UTF-8 bytes of keys and values", () => {
    expect(attributesBytes([["ab", "é"], ["c", ""]])).toBe(5); // prettier-ignore
  });
});

describe("decodeFields", () => {
  const decoders = { a: flag, b: optional(flag) };
  const map = new Map([["a", true], ["x", true]]); // prettier-ignore

  it("refuses unknown keys when strict, and passes them over when not", () => {
    expect(outcome(() => decodeFields(map, decoders, { strict: true }))).toBe("bad-request");
    expect(decodeFields(map, decoders, { strict: false })).toEqual({ a: true });
  });

  it("leaves out what is not there", () => {
    expect(Object.keys(decodeFields(map, decoders, { strict: false }))).toEqual(["a"]);
  });
});
