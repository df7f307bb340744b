/** What `sotto-get` reads, it accepts and refuses as the TypeScript client does: the vectors, and much that is made up. */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { SottoError } from "@sotto/client";
import type { HeaderFields } from "@sotto/client/protocol";
import { encodeHeader, isLabel, isSecretName, isSelector, parseDuration } from "@sotto/client/protocol";
import { beforeAll, beforeEach, expect, it } from "vitest";
import { describe as describeError } from "../../packages/cli/src/failure/describe.ts";
import { decodeHeader } from "../../packages/client/src/protocol/header.ts";
import { PREFIX_BYTES } from "../../packages/client/src/protocol/limits.ts";
import { decodeReply } from "../../packages/client/src/protocol/replies.ts";
import { build, compiler, needsCompiler, removeBuilds } from "../support/native.ts";
import { frame } from "../support/raw-connection.ts";
import { hex } from "../support/wire-bytes.ts";

const VECTORS = new URL("../vectors/frames/", import.meta.url);
const ID = 1;
removeBuilds();
beforeEach(needsCompiler);

type Kind = "d" | "g" | "h" | "n" | "t" | "w";
let decoder = "";
beforeAll(() => {
  if (compiler !== undefined) decoder = build(compiler, "decode");
});

/** What the native client makes of many things of one kind: a line each. */
function native(kind: Kind, records: readonly Buffer[]): string[] {
  const sized = records.flatMap((bytes) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    return [Buffer.from(kind), length, bytes];
  });
  const { stdout, status } = spawnSync(decoder, { input: Buffer.concat(sized), maxBuffer: 1 << 30 });
  expect(status).toBe(0);
  return stdout.toString().trimEnd().split("\n");
}

/** `accept`, or `refuse` for whatever is thrown. */
function judged(act: () => unknown): string {
  try {
    act();
    return "accept";
  } catch {
    return "refuse";
  }
}

/** What the TypeScript client makes of a reply, in the words of the native one. */
function byTypeScript(bytes: Buffer, verb: "get" | "wait"): string {
  try {
    const header = decodeHeader(bytes.subarray(PREFIX_BYTES, PREFIX_BYTES + bytes.readUInt32BE(0)));
    const payload = bytes.readUInt32BE(4);
    const reply = decodeReply(verb, header);
    const addressed = reply.id === ID || (reply.id === null && !reply.ok);
    if (!addressed || payload > (reply.ok && verb === "get" ? 1024 * 1024 : 0)) return "refuse";
    if (!reply.ok) return inWords(new SottoError(reply.error, { details: reply.details }));
    if ("state" in reply.fields)
      return reply.fields.state === "unlocked" ? "accept " : inWords(new SottoError(reply.fields.state));
    const { attributes } = reply.fields as { attributes: Readonly<Record<string, string>> };
    return `accept ${attributes["username"] ?? ""}`;
  } catch {
    return "refuse";
  }
}

function inWords(error: SottoError): string {
  const { exit, text, hint } = describeError(error);
  return `${exit} ${text} | ${hint ?? ""}`;
}

it("B9-B19: the headers of all vectors", () => {
  const vectors = readdirSync(VECTORS).filter((file) => file.endsWith(".txt"));
  const headers = vectors.map((file) => {
    const text = readFileSync(new URL(file, VECTORS), "utf8");
    const bytes = hex(text.slice(text.indexOf("\n\n")).replaceAll(/#.*$/gm, ""));
    return bytes.subarray(PREFIX_BYTES, PREFIX_BYTES + bytes.readUInt32BE(0));
  });
  const expected = headers.map((bytes) => judged(() => decodeHeader(bytes)));
  expect(expected.filter((one) => one === "refuse").length).toBeGreaterThan(40);
  expect(native("h", headers).map((one, i) => [vectors[i], one])).toEqual(
    expected.map((one, i) => [vectors[i], one]),
  );
});

const good: HeaderFields[] = [
  { id: ID, ok: true, attributes: { username: "report", a: "\u00e9\u4e2d" }, version: 3 },
  { id: ID, ok: true, attributes: {}, version: 2 ** 53 - 1, later: [1, { x: null }] },
  { id: ID, ok: true, state: "unlocked" },
  { id: ID, ok: true, state: "locked" },
  { id: ID, ok: true, state: "uninitialised", attributes: {}, version: 1 },
  { id: ID, ok: false, error: "denied" },
  { id: null, ok: false, error: "busy", retryAfterMs: 1500 },
  { id: ID, ok: false, error: "rate-limited", retryAfterMs: 0 },
  { id: ID, ok: false, error: "unsupported-version", supported: [1, 2] },
  { id: ID, ok: false, error: "vault-damaged", reason: "version", needsVersion: 3 },
  { id: ID, ok: false, error: "vault-damaged", reason: "version" },
  { id: ID, ok: false, error: "vault-damaged", reason: "mac", retryAfterMs: 10 },
  { id: ID, ok: false, error: "bad-request", reason: "exe-script" },
  { id: ID, ok: false, error: "bad-request", reason: "mac" },
];

/** Things that are nearly right, or right by the skin of their teeth. */
const FIELDS: Readonly<Record<string, HeaderFields[string][]>> = {
  id: [0, 1, 2, null, "1", -1, true],
  ok: [true, false, null, 1, "true"],
  error: ["denied", "locked", "internal", "untrusted", "DENIED", "", null, 1],
  state: ["locked", "unlocked", "uninitialised", "denied", null, 1],
  version: [0, 1, -1, 2 ** 32, 2 ** 53 - 1, "1", null],
  retryAfterMs: [0, 1, 999, 1000, 1001, -1, 2 ** 53 - 1, null, "1"],
  supported: [[], [1], [-1], ["1"], Array(256).fill(1), Array(257).fill(1), 1, null],
  reason: ["mac", "version", "exe-mount", "none", "", null, 7],
  needsVersion: [0, 4, -4, 2 ** 53 - 1, null, "4"],
  attributes: [
    ...["", "a\nb", "\u007f", "\u0085", "\u009f", "\u00a0", "\u2027", "\u2028", "\u2029", "\u202a", "\ufeff"],
    ...["x".repeat(1024), "x".repeat(1025), "\u00e9".repeat(512), "\u00e9".repeat(513)],
  ].map((username) => ({ username })),
};
const many = (count: number, size: number): HeaderFields =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, "v".repeat(size)]));
FIELDS["attributes"]?.push(
  many(32, 1),
  many(33, 1),
  many(8, 1021),
  many(8, 1022),
  many(8, 1023),
  null,
  [],
  "a",
);
for (const key of ["", "a b", "A-Z_0.9", "\u00e9", "k".repeat(64), "k".repeat(65), "a/b", "username "])
  FIELDS["attributes"]?.push({ [key]: "v" });

const someFields = fc.record(
  Object.fromEntries(Object.entries(FIELDS).map(([key, values]) => [key, fc.constantFrom(...values)])),
  { requiredKeys: [] },
);
const payload = fc.constantFrom(Buffer.alloc(0), Buffer.from("value"));
const replies = fc
  .tuple(fc.constantFrom(...good), someFields, payload)
  .map(([start, fields, value]) => frame({ ...start, ...fields }, value));
const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255), fc.constantFrom("set", "add", "cut")), {
  maxLength: 4,
});
const spoiled = fc.tuple(replies, changes).map(([bytes, list]) => {
  let header = [...bytes.subarray(PREFIX_BYTES)];
  for (const [where, byte, how] of list) {
    const at = where % (header.length + 1);
    header = [
      ...header.slice(0, at),
      ...(how === "cut" ? [] : [byte]),
      ...header.slice(how === "add" ? at : at + 1),
    ];
  }
  return frame(Buffer.from(header), Buffer.alloc(0));
});

it.each(["get", "wait"] as const)("replies to `%s`: good, nearly good and spoiled ones", (verb) => {
  const bytes = [
    ...good.map((fields) => frame(fields)),
    ...fc.sample(replies, 4_000),
    ...fc.sample(spoiled, 4_000),
  ];
  const expected = bytes.map((one) => byTypeScript(one, verb));
  const found = native(verb === "get" ? "g" : "w", bytes);
  const different = bytes.flatMap((one, i) =>
    found[i]?.trimEnd() === expected[i]?.trimEnd() ? [] : [[one.toString("hex"), found[i], expected[i]]],
  );
  expect(different).toEqual([]);
  const met = new Set(expected.map((one) => one.split(" ", 1)[0]));
  for (const exit of ["accept", "refuse", "3"]) expect(met).toContain(exit);
});

/** Integers at the edge of what is safe, in each form that holds them. */
const EDGES = [
  ...[
    "cf001fffffffffffff",
    "cf0020000000000000",
    "cf7fffffffffffffff",
    "cf8000000000000000",
    "cfffffffffffffffff",
  ],
  ...[
    "d3ffe0000000000001",
    "d3ffe0000000000000",
    "d3001fffffffffffff",
    "d30020000000000000",
    "d38000000000000000",
  ],
  ...["ccff", "cdffff", "ceffffffff", "d080", "d18000", "d280000000", "d3ffffffffffffffff", "e0", "ff", "7f"],
].map((digits) => Buffer.from(`81a178${digits}`, "hex"));

it("headers of any msgpack, and of any bytes", () => {
  const scalar = fc.oneof(
    fc.constant(null),
    fc.boolean(),
    fc.integer({ min: -(2 ** 53) + 1, max: 2 ** 53 - 1 }),
    fc.string({ unit: "binary", maxLength: 40 }),
  );
  const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 9, depthSize: "large" },
      scalar,
      fc.array(tie("tree"), { maxLength: 3 }),
      fc.dictionary(fc.string({ maxLength: 3 }), tie("tree"), { maxKeys: 3 }),
    ),
  }));
  const documents = fc
    .sample(fc.dictionary(fc.string(), tree), 4_000)
    .map((one) => encodeHeader(one as HeaderFields));
  const bytes = [
    ...EDGES,
    ...documents,
    ...documents.map((one, i) =>
      Buffer.concat([
        one.subarray(0, i % one.length),
        Buffer.from([i & 255]),
        one.subarray((i % one.length) + 1),
      ]),
    ),
    ...fc.sample(fc.uint8Array({ maxLength: 64 }), 4_000).map((one) => Buffer.from(one)),
    ...fc
      .sample(fc.uint8Array({ maxLength: 12 }), 4_000)
      .map((one) => Buffer.from([0x81, 0xa1, 0x78, ...one])),
  ];
  const expected = bytes.map((one) => judged(() => decodeHeader(one)));
  const found = native("h", bytes);
  expect(bytes.filter((_, i) => found[i] !== expected[i]).map((one) => one.toString("hex"))).toEqual([]);
  expect(expected.filter((one) => one === "accept").length).toBeGreaterThan(2_000);
});

it("names, durations, and what may be repeated in an error", () => {
  const word = fc.string({
    unit: fc.constantFrom(...Array.from("aZ09_.-/*\u00e9"), "con", "constructor", "/**", "s", "m"),
    maxLength: 20,
  });
  const long = fc.tuple(fc.nat(70), fc.nat(10)).map(([a, b]) =>
    Array(b + 1)
      .fill("a".repeat(a))
      .join("/"),
  );
  const texts = [
    ...fc.sample(word, 4_000),
    ...fc.sample(long, 1_000),
    "constructor",
    "a/constructor",
    "",
    "ab-",
  ];
  const bytes = texts.map((text) => Buffer.from(text));
  const isId = (text: string): boolean => text.length <= 64 && /^[0-9a-f][0-9a-f-]*$/.test(text);
  const verdict = (good: boolean): string => (good ? "accept" : "refuse");
  expect(native("n", bytes)).toEqual(texts.map((text) => verdict(isSecretName(text))));
  expect(native("t", bytes)).toEqual(texts.map((text) => verdict(isSelector(text) || isId(text))));
  expect(texts.some(isLabel)).toBe(true);

  const time = fc.string({ unit: fc.constantFrom(...Array.from("0123456789smhdx -")), maxLength: 9 });
  const times = [...fc.sample(time, 4_000), "1s", "9999999d", "10000000s", "0s", "01s", "1", "s", "5m"];
  const expected = times.map((text) => String(parseDuration(text) ?? 0));
  expect(
    native(
      "d",
      times.map((text) => Buffer.from(text)),
    ),
  ).toEqual(expected);
});
