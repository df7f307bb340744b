import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hex, mapOf, outcome, str } from "../test-support/bytes.ts";
import type { HeaderFields, HeaderValue } from "./header.ts";
import { decodeHeader, encodeHeader } from "./header.ts";
import { read } from "./scanner.ts";

const judge = (bytes: Uint8Array): string => outcome(() => read(bytes));
const bytes = (...parts: (string | Uint8Array)[]): Buffer =>
  Buffer.concat(parts.map((part) => (typeof part === "string" ? hex(part) : part)));
const status = bytes("83 a1 76 01 a2 6964 01", str("verb"), str("status"));
/** The map of `status` with one entry more. */
const statusWith = (...entry: (string | Uint8Array)[]): Buffer => bytes("84", status.subarray(1), ...entry);

const float64 = (value: number): Buffer => {
  const out = Buffer.alloc(9, 0xcb);
  out.writeDoubleBE(value, 1);
  return out;
};

describe("framing of a header", () => {
  it("accepts a map", () => {
    expect(judge(status)).toBe("accept");
    expect(judge(hex("80"))).toBe("accept");
  });

  it("B9: refuses every byte after the map", () => {
    for (let byte = 0; byte < 256; byte++) {
      expect(judge(bytes(status, Buffer.from([byte])))).toBe("bad-frame");
    }
  });

  it("B10: refuses a header that ends early, wherever", () => {
    for (let end = 0; end < status.length; end++) {
      expect(judge(status.subarray(0, end))).toBe("bad-frame");
    }
  });

  it.each(["dc ffff 00", "dd ffffffff 00", "de ffff 00", "df ffffffff 00", "db ffffffff 61", "d9 05 61"])(
    "B10: refuses the count of %s, longer than the bytes left, without looping over it",
    (digits) => {
      const started = performance.now();
      expect(judge(mapOf(hex(digits)))).toBe("bad-frame");
      expect(performance.now() - started).toBeLessThan(1_000); // four thousand million steps take longer
    },
  );

  it.each(["c4 01 00", "c5 0001 00", "c6 00000001 00", "c4 05 00"])("B10: refuses binary, %s", (digits) => {
    expect(judge(mapOf(hex(digits)))).toBe("bad-frame");
  });

  it("B11: reads depth 8 and refuses depth 9 and 16,000", () => {
    const deep = (depth: number): Buffer => mapOf(bytes(Buffer.alloc(depth - 1, 0x91), "c0"));
    expect(judge(deep(8))).toBe("accept");
    expect(judge(deep(9))).toBe("bad-frame");
    expect(judge(deep(16_000))).toBe("bad-frame");
    expect(judge(Buffer.alloc(16_000, 0x91))).toBe("bad-frame");
  });

  it("B11: refuses a key that is nested deeper, before it is judged as a key", () => {
    const deep = (depth: number): Buffer => mapOf(bytes("81", Buffer.alloc(depth - 2, 0x91), "c0", "01"));
    expect(judge(deep(8))).toBe("bad-request");
    expect(judge(deep(9))).toBe("bad-frame");
  });

  it("reads every form of a count and of a small integer", () => {
    const entries = Buffer.concat(
      Array.from({ length: 15 }, (_, i) => bytes(str(String.fromCharCode(97 + i)), "01")),
    );
    for (const digits of ["dd 00000001 01", "df 00000001 a1 61 01", "de 0001 a1 61 01", "e0", "ff", "7f"])
      expect(judge(mapOf(hex(digits))), digits).toBe("accept");
    expect(judge(mapOf(bytes("8f", entries)))).toBe("accept");
    expect(judge(mapOf(bytes("9f", Buffer.alloc(15, 1))))).toBe("accept");
  });

  it("B12: refuses an allocation bomb before it allocates", () => {
    const bomb = Array.from({ length: 40 }, () => hex("dd 01c9c380"));
    expect(judge(mapOf(bytes(...bomb)))).toBe("bad-frame");
  });

  it("B13: refuses every type of ext, in every form, as a value and as a key", () => {
    for (let type = 0; type < 256; type++) {
      const forms = [
        [0xd4, type, 0],
        [0xc7, 1, type, 0],
        [0xc9, 0, 0, 0, 1, type, 0],
      ];
      for (const form of forms) {
        expect(judge(mapOf(Buffer.from(form)))).toBe("bad-frame");
        expect(judge(bytes("81", Buffer.from(form), "c0"))).toBe("bad-frame");
      }
    }
  });

  it("B13: refuses the longer fixext forms and ext16", () => {
    const forms: [string, number][] = [
      ["d5 01", 2],
      ["d6 ff", 4],
      ["d7 ff", 8],
      ["d8 01", 16],
      ["c8 0001 78", 1],
    ];
    for (const [lead, length] of forms) {
      expect(judge(mapOf(bytes(lead, Buffer.alloc(length))))).toBe("bad-frame");
    }
  });

  it("B14: refuses the unused byte and every float, whole or not", () => {
    expect(judge(mapOf(hex("c1")))).toBe("bad-frame");
    expect(judge(mapOf(hex("ca 3f800000")))).toBe("bad-frame");
    for (const value of [Number.NaN, Infinity, -Infinity, 3, 0.5, -0]) {
      expect(judge(mapOf(float64(value)))).toBe("bad-frame");
    }
  });

  it("B15: refuses a second map", () => {
    expect(judge(bytes(status, status))).toBe("bad-frame");
  });
});

describe("what a sound header may not contain", () => {
  it("B14: integers beyond 2^53-1", () => {
    const refused = [
      "cf ffffffffffffffff",
      "cf 0020000000000000",
      "cf 0020000000000001",
      "d3 8000000000000000",
    ];
    for (const digits of [...refused, "d3 ffe0000000000000"])
      expect(judge(mapOf(hex(digits)))).toBe("bad-request");
    for (const digits of ["cf 001fffffffffffff", "d3 ffe0000000000001", "d3 ffffffffffffffff"])
      expect(judge(mapOf(hex(digits)))).toBe("accept");
  });

  it.each([
    ["an array", "91 01"],
    ["a long array", "dc 0001 01"],
    ["a string", "a6 737461747573"],
    ["an integer", "01"],
    ["nil", "c0"],
    ["true", "c3"],
  ])("B15: %s at the top level", (_what, digits) => {
    expect(judge(hex(digits))).toBe("bad-request");
  });

  it.each([
    ["an integer", "01"],
    ["binary", "c4 01 76"],
    ["long binary", "c6 00000001 76"],
    ["nil", "c0"],
    ["a boolean", "c2"],
    ["a map", "81 a1 76 01"],
    ["an array", "91 01"],
    ["a long array", "dc 0001 01"],
    ["a long map", "df 00000001 a1 76 01"],
    ["a long integer", "cc 01"],
    ["a negative integer", "ff"],
  ])("B16: a key that is %s", (_what, digits) => {
    expect(judge(statusWith(digits, "01"))).toBe("bad-request");
  });

  it("B16: a duplicate key, in any form and at any depth", () => {
    const lock = str("lock");
    expect(judge(statusWith(str("verb"), lock))).toBe("bad-request");
    expect(judge(statusWith("d9 04 76657262", lock))).toBe("bad-request");
    expect(judge(statusWith("db 00000004 76657262", lock))).toBe("bad-request");
    expect(judge(mapOf(hex("82 a1 61 01 a1 61 02")))).toBe("bad-request");
    expect(judge(mapOf(hex("82 a1 61 01 a1 62 02")))).toBe("accept");
  });

  it("B17: keys that reach a prototype, at any depth", () => {
    for (const key of ["__proto__", "constructor", "prototype"]) {
      expect(judge(statusWith(str(key), "80"))).toBe("bad-request");
      expect(judge(mapOf(bytes("81", str(key), "01")))).toBe("bad-request");
    }
    expect(Object.hasOwn(Object.prototype, "x")).toBe(false);
  });

  it("B17: other keys that objects inherit are plain keys to the reader", () => {
    for (const key of ["toString", "hasOwnProperty"])
      expect(judge(statusWith(str(key), "01"))).toBe("accept");
  });

  it.each(["ff", "c0 af", "ed a0 80", "f0 9f 98", "80", "f4 90 80 80"])("B19: invalid UTF-8 %s", (digits) => {
    const broken = bytes(str("a"), "").subarray(1);
    expect(judge(mapOf(str(bytes(broken, digits))))).toBe("bad-request");
    expect(judge(bytes("81", str(hex(digits)), "01"))).toBe("bad-request");
  });

  it("B19: valid UTF-8 of every length is accepted, a byte order mark and U+FFFD included", () => {
    for (const text of ["é", "€", "😀", "\ufeffa", "\ufffd", "\0"])
      expect(judge(mapOf(str(text)))).toBe("accept");
    expect(judge(mapOf(bytes("82", str("a"), "01", str("\ufeffa"), "01"))), "two different keys").toBe(
      "accept",
    );
  });

  it("framing comes first: an objection does not hide a malformed frame", () => {
    expect(judge(bytes("82 01 01 a1 61 c1"))).toBe("bad-frame");
  });
});

describe("read options", () => {
  const vault = { maxDepth: 2, binary: true };

  it("allow binary values, but no binary keys", () => {
    expect(outcome(() => read(mapOf(hex("c4 01 00")), vault))).toBe("accept");
    expect(outcome(() => read(mapOf(hex("c4 02 00")), vault))).toBe("bad-frame");
    expect(outcome(() => read(hex("81 c4 01 61 01"), vault))).toBe("bad-request");
  });

  it("set the depth", () => {
    expect(outcome(() => read(mapOf(hex("91 01")), vault))).toBe("accept");
    expect(outcome(() => read(mapOf(hex("91 91 01")), vault))).toBe("bad-frame");
  });
});

/** 200,000 a run; ten times as many with SLOW=1. */
const FRAMES = process.env["SLOW"] === "1" ? 2_000_000 : 200_000;

describe("properties", { timeout: 600_000 }, () => {
  it("B20: random bytes end in a code or are decoded, never in another error", async ({ annotate }) => {
    const outcomes = new Set<string>();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (random) => {
        outcomes.add(outcome(() => decodeHeader(random)));
      }),
      { numRuns: FRAMES / 2 },
    );
    for (const one of outcomes) expect(["accept", "bad-frame", "bad-request"]).toContain(one);
    await annotate(`${FRAMES / 2} headers of random bytes`, "figure");
  });

  it("B20: mutated headers end in a code or are decoded, never in another error", async ({ annotate }) => {
    const header = bytes("84", status.subarray(1), str("names"), "93 a1 61 cd 0100 81 a1 62 c0");
    const spot = fc.tuple(fc.nat(header.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(spot, { minLength: 1, maxLength: 4 }), (spots) => {
        const mutated = Buffer.from(header);
        for (const [at, byte] of spots) mutated[at] = byte;
        expect(["accept", "bad-frame", "bad-request"]).toContain(outcome(() => decodeHeader(mutated)));
      }),
      { numRuns: FRAMES / 2 },
    );
    await annotate(`${FRAMES / 2} headers with changes`, "figure");
  });

  it("whatever may stand in a header comes back as it was", () => {
    fc.assert(
      fc.property(headers, (fields) => {
        expect(plain(decodeHeader(encodeHeader(fields)))).toEqual(fields);
      }),
    );
  });
});

const key = fc
  .string({ unit: "grapheme", maxLength: 12 })
  .filter((text) => !["__proto__", "constructor", "prototype"].includes(text));
const { value } = fc.letrec<{ value: HeaderValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthIdentifier: "value" },
    fc.string({ unit: "grapheme" }),
    fc.maxSafeInteger(),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie("value"), { maxLength: 4, depthIdentifier: "value" }),
    fc.dictionary(key, tie("value"), { maxKeys: 4, noNullPrototype: true, depthIdentifier: "value" }),
  ),
}));
const headers: fc.Arbitrary<HeaderFields> = fc.dictionary(key, value, { maxKeys: 8, noNullPrototype: true });

/** Maps become objects again, for a comparison. */
function plain(decoded: unknown): unknown {
  if (decoded instanceof Map)
    return Object.fromEntries([...decoded].map(([k, v]) => [k as string, plain(v)]));
  return Array.isArray(decoded) ? decoded.map(plain) : decoded;
}
