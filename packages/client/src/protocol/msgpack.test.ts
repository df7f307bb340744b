import { describe, expect, it } from "vitest";
import { hex, outcome } from "../test-support/bytes.ts";
import { encodeHeader } from "./header.ts";
import { pack, unpack } from "./msgpack.ts";

const vault = { maxDepth: 4, binary: true };

describe("pack", () => {
  it("writes integers as integers, however wide", () => {
    expect(pack({ n: 2 ** 32 }).toString("hex")).toBe("81a16ed30000000100000000");
    expect(pack({ n: -(2 ** 31) - 1 }).toString("hex")).toBe("81a16ed3ffffffff7fffffff");
    expect(pack({ n: -(2 ** 31) }).toString("hex")).toBe("81a16ed280000000");
    expect(pack({ n: 4294967295 }).toString("hex")).toBe("81a16eceffffffff");
  });

  it("leaves out undefined fields, nested ones too", () => {
    expect(unpack(pack({ a: undefined, b: { c: undefined, d: 1 } }))).toEqual(
      new Map([["b", new Map([["d", 1]])]]),
    );
  });

  it("writes every key as a key, also where an object has no prototype", () => {
    const keys = { toJSON: "a", then: "b", size: "c", length: "d" };
    const bare = Object.assign(Object.create(null) as object, keys);
    const expected = new Map(Object.entries(keys));
    expect(unpack(pack({ keys, bare }))).toEqual(new Map([["keys", expected], ["bare", expected]])); // prettier-ignore
  });

  it("writes Maps like objects, wide integers in them included", () => {
    const map = new Map([["x", 2 ** 40]]);
    expect(unpack(pack(new Map([["map", map]])))).toEqual(new Map([["map", map]]));
  });

  it("keeps bytes as bytes", () => {
    const value = Buffer.from([0, 255]);
    expect(Buffer.from(unpack(pack({ value }), vault).get("value") as Uint8Array)).toEqual(value);
  });
});

describe("unpack", () => {
  it("B17: maps stay maps, so no key reaches a prototype", () => {
    expect(unpack(hex("81 a1 78 80")).get("x")).toBeInstanceOf(Map);
  });

  it("reads wide integers as numbers", () => {
    expect(unpack(hex("81 a1 6e cf 0000000100000000")).get("n")).toBe(2 ** 32);
  });

  it("B27: is the same after thousands of different keys", () => {
    for (let i = 0; i < 5_000; i++) expect(unpack(pack({ [`key${i}`]: i })).get(`key${i}`)).toBe(i);
  });

  it("B9: an error quotes nothing of what it could not read", () => {
    const secret = "hunter2";
    const broken = Buffer.concat([pack({ [secret]: secret }), Buffer.from(secret)]);
    try {
      unpack(broken);
      expect.unreachable();
    } catch (error) {
      expect(JSON.stringify(error) + String((error as Error).stack)).not.toContain(secret);
    }
  });
});

describe("encodeHeader", () => {
  it("refuses more than 16 KiB", () => {
    expect(outcome(() => encodeHeader({ a: "x".repeat(16_384 - 6) }))).toBe("accept");
    expect(outcome(() => encodeHeader({ a: "x".repeat(16_384 - 5) }))).toBe("too-large");
  });
});
