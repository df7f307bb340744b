import { TOKEN_BYTES, TOKEN_CHARACTERS } from "@sotto/client/protocol";
import { expect, it } from "vitest";
import type { Token } from "./contents.ts";
import { memory, platform } from "./kit.test.helper.ts";
import { SecureMemory } from "../memory/secure-memory.ts";
import { findToken, hashToken, makeToken } from "./token.ts";

const MANY = 400;

function newToken(): Buffer {
  const token = makeToken(memory);
  const copy = Buffer.from(token.bytes);
  token.destroy();
  return copy;
}

const stored = (label: string, token: Buffer): Token => ({ label, created: 1, hash: hashToken(token) });

it("a token is the base64url of 32 bytes, as anyone would write it", () => {
  for (let i = 0; i < MANY; i++) {
    const token = newToken();
    const bytes = Buffer.from(token.toString(), "base64url");
    expect([token.length, bytes.length]).toEqual([TOKEN_CHARACTERS, TOKEN_BYTES]);
    expect(bytes.toString("base64url")).toBe(token.toString());
  }
});

it("every bit of the 256 is random", () => {
  const ones = new Array<number>(TOKEN_BYTES * 8).fill(0);
  for (let i = 0; i < MANY; i++) {
    const bytes = Buffer.from(newToken().toString(), "base64url");
    ones.forEach((count, bit) => (ones[bit] = count + (((bytes[bit >> 3] ?? 0) >> (bit & 7)) & 1)));
  }
  // Of 400 tosses of a coin 200 are heads, give or take 10; 7 times that is beyond chance in 256 bits and many runs.
  expect(Math.min(...ones)).toBeGreaterThan(130);
  expect(Math.max(...ones)).toBeLessThan(270);
});

it("B63: a token is found by all of its bytes and nothing else", () => {
  const tokens = Array.from({ length: 5 }, newToken);
  const list = tokens.map((token, i) => stored(`t${i}`, token));
  tokens.forEach((token, i) => expect(findToken(list, token)?.label).toBe(`t${i}`));
  const [token = Buffer.alloc(0)] = tokens;
  for (let at = 0; at < token.length; at++) {
    const wrong = Buffer.from(token);
    wrong[at] = (wrong[at] ?? 0) ^ 1;
    expect(findToken(list, wrong), `byte ${at}`).toBeUndefined();
  }
  const others = [token.subarray(1), token.subarray(0, -1), Buffer.concat([token, Buffer.from("\n")])];
  for (const other of [...others, Buffer.alloc(0), Buffer.alloc(1024, token), hashToken(token)])
    expect(findToken(list, other)).toBeUndefined();
});

it("B63: every token is looked at, also after the right one", () => {
  const token = newToken();
  const looked: string[] = [];
  const list = ["before", "right", "after"].map((label) => ({
    label,
    created: 1,
    get hash(): Buffer {
      looked.push(label);
      return hashToken(label === "right" ? token : newToken());
    },
  }));
  expect(findToken(list, token)?.label).toBe("right");
  expect(looked).toEqual(["before", "right", "after"]);
});

it("where no memory can be locked there is no token, and a token's memory is used again", () => {
  const before = makeToken(memory);
  const { bytes } = before;
  before.destroy();
  expect(bytes.every((byte) => byte === 0)).toBe(true);
  const after = makeToken(memory);
  expect(after.bytes.buffer).toBe(bytes.buffer);
  after.destroy();
  const full = new SecureMemory({
    ...platform,
    secretPages: (size) => (size === 1 ? platform.secretPages(1) : undefined),
  });
  if (full.mode === "secret")
    expect(() => makeToken(full)).toThrow(expect.objectContaining({ code: "busy" }));
});
