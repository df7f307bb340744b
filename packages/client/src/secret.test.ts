import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { Secret } from "./secret.ts";
import { rejection } from "./test-support/rejection.ts";

const make = (text = "hunter2"): Secret =>
  new Secret("db/password", { attributes: { username: "report" }, version: 3 }, Buffer.from(text));

describe("Secret", () => {
  it("gives its bytes, and text as a copy", () => {
    const secret = make("höchst geheim");
    expect(secret.bytes).toBe(secret.bytes);
    expect(secret.utf8()).toBe("höchst geheim");
  });

  it("B73: dispose fills the bytes with 0, and once is enough", () => {
    const secret = make();
    const { bytes } = secret;
    secret.dispose();
    secret.dispose();
    expect(bytes).toEqual(Buffer.alloc(7));
  });

  it("is disposed of at the end of its block", () => {
    let bytes: Buffer;
    {
      using secret = make();
      bytes = secret.bytes;
    }
    expect(bytes).toEqual(Buffer.alloc(7));
  });

  it("throws once disposed, instead of giving zeros for a password", async () => {
    const secret = make();
    secret.dispose();
    for (const use of [() => secret.bytes, () => secret.utf8()]) {
      const error = await rejection(use);
      expect([error.code, error.reason]).toEqual(["bad-argument", "disposed"]);
    }
  });

  it("has no printable form", () => {
    const secret = make();
    const print: (value: unknown) => string = String;
    const printed = [
      inspect(secret, { showHidden: true, depth: null }),
      JSON.stringify(secret),
      print(secret),
    ];
    printed.push(inspect({ secret }), Object.values(secret).join());
    for (const one of printed) expect(one).not.toMatch(/hunter2|104,117|68756e74/);
    expect(inspect(secret)).toBe("Secret('db/password', version 3)");
    secret.dispose();
    expect(inspect(secret)).toBe("Secret('db/password', version 3, disposed)");
  });
});
