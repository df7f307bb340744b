/** Fernet, with the vector of its specification, and with what tokens must not be. */
import { createCipheriv, createHmac, randomBytes } from "node:crypto";
import { expect, it } from "vitest";
import { decodeBase64Url, decryptFernet } from "./fernet.ts";

/** https://github.com/fernet/spec/blob/master/generate.json */
const SPEC = {
  token:
    "gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0ODy021cpGVWKZ_eEwCGM4BLLF_5CV9dOPmrhuVUPgJobwOz7JcbmrR64jVmpU4IwqDA==",
  secret: "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=",
  src: "hello",
};
const KEY = Buffer.alloc(32, 7);

/** base64url with padding. */
const encode = (bytes: Buffer): string => bytes.toString("base64").replaceAll("+", "-").replaceAll("/", "_");

interface Parts {
  readonly version?: number;
  readonly plain?: Buffer;
  readonly padded?: boolean;
}

function makeToken({ version = 0x80, plain = Buffer.from("plain"), padded = true }: Parts): string {
  const iv = randomBytes(16);
  const cipher = createCipheriv("aes-128-cbc", KEY.subarray(16), iv).setAutoPadding(padded);
  const ciphertext = Buffer.concat([cipher.update(plain), cipher.final()]);
  const body = Buffer.concat([Buffer.from([version]), Buffer.alloc(8), iv, ciphertext]);
  return encode(Buffer.concat([body, createHmac("sha256", KEY.subarray(0, 16)).update(body).digest()]));
}

const decrypt = (token: string, key = encode(KEY)): Buffer =>
  decryptFernet(Buffer.from(token), Buffer.from(key));

it("the vector of the specification", () => {
  expect(decrypt(SPEC.token, SPEC.secret).toString()).toBe(SPEC.src);
  expect(decrypt(`${SPEC.token}\r\n`, SPEC.secret).toString(), "a newline at the end").toBe(SPEC.src);
});

it.each([0, 1, 15, 16, 17, 100_000])("%d bytes come back", (size) => {
  const plain = randomBytes(size);
  expect(decrypt(makeToken({ plain })).equals(plain)).toBe(true);
});

it("every changed byte of a token is refused", () => {
  const token = Buffer.from(makeToken({}), "base64url");
  for (let at = 0; at < token.length; at++) {
    const changed = Buffer.from(token);
    changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
    expect(() => decrypt(encode(changed)), `byte ${at}`).toThrow(/fernet token|does not fit/);
  }
});

it.each<[string, () => unknown, RegExp]>([
  ["another key", () => decrypt(makeToken({}), encode(Buffer.alloc(32, 8))), /does not fit/],
  ["a short key", () => decrypt(makeToken({}), encode(Buffer.alloc(16))), /no fernet key/],
  ["a key that is no base64", () => decrypt(makeToken({}), "!".repeat(44)), /no fernet key/],
  ["another version", () => decrypt(makeToken({ version: 0x81 })), /no fernet token/],
  ["a padding that is none", () => decrypt(makeToken({ plain: Buffer.alloc(16), padded: false })), /padding/],
  ["a token that is cut", () => decrypt(makeToken({}).slice(0, -4)), /no fernet token|does not fit/],
  ["an empty file", () => decrypt(""), /no fernet token/],
  ["blanks", () => decrypt(` ${makeToken({})}`), /no fernet token/],
])("%s is refused", (_what, act, expected) => expect(act).toThrow(expected));

it("base64url is read as Node does, and in its one form only", () => {
  for (let size = 0; size < 70; size++) {
    const bytes = randomBytes(size);
    expect(decodeBase64Url(Buffer.from(encode(bytes)))).toEqual(bytes);
  }
  for (const text of ["A", "AA", "AAA", "AB==", "AAB=", "=AAA", "A===", "====", "AA=A", "AA+/", "A A="])
    expect(decodeBase64Url(Buffer.from(text)), text).toBe(undefined);
});
