/** The one runner of test/vectors/frames; the README there describes the files. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { outcome } from "../test-support/bytes.ts";
import { parseVector } from "../test-support/vectors.ts";
import type { Vector } from "../test-support/vectors.ts";
import { ProtocolError } from "./errors.ts";
import { FRAME_SCRATCH_BYTES, FrameDecoder } from "./frame.ts";
import { decodeHeader } from "./header.ts";
import type { Request } from "./requests.ts";
import { decodeRequest, payloadLimit } from "./requests.ts";

const FOLDER = new URL("../../../../test/vectors/frames/", import.meta.url);
const files = readdirSync(FOLDER).filter((name) => name !== "README.md");

interface Result {
  readonly outcome: string;
  readonly requests: readonly Request[];
  readonly payload: string;
}

/** Reads frames as an agent does, in pieces of `step` bytes. */
function read(bytes: Buffer, step: number): Result {
  const requests: Request[] = [];
  const parts: Buffer[] = [];
  const sink = {
    header(header: Uint8Array, length: number): void {
      const request = decodeRequest(decodeHeader(header));
      if (length > payloadLimit(request.verb)) throw new ProtocolError("too-large");
      requests.push(request);
    },
    payload: (part: Uint8Array) => void parts.push(Buffer.from(part)),
    end: () => true,
  };
  const decoder = new FrameDecoder(sink, Buffer.alloc(FRAME_SCRATCH_BYTES));
  const result = outcome(() => {
    for (let at = 0; at < bytes.length; at += step) decoder.push(bytes.subarray(at, at + step));
    if (decoder.midFrame) throw new Error("the vector ends in the middle of a frame");
  });
  return { outcome: result, requests, payload: Buffer.concat(parts).toString("hex") };
}

function check(vector: Vector, result: Result): void {
  expect(result.outcome).toBe(vector.expect);
  if (vector.expect !== "accept") return expect(result.requests).toEqual([]);
  expect(result.requests).toEqual([{ id: vector.id, verb: vector.verb, fields: vector.fields }]);
  expect(vector.bytes.toString("hex").endsWith(result.payload)).toBe(true);
  expect(result.payload.length).toBe(2 * vector.bytes.readUInt32BE(4));
}

describe("vectors of frames", () => {
  it("there are some for each expectation", () => {
    const met = new Set(files.map((name) => load(name).expect));
    expect([...met].sort()).toEqual([
      "accept",
      "bad-frame",
      "bad-request",
      "too-large",
      "unsupported-version",
    ]);
  });

  it.each(files.map((name) => [name, load(name)] as const))("%s: $1.why", (_name, vector) => {
    check(vector, read(vector.bytes, vector.bytes.length));
    check(vector, read(vector.bytes, 1));
  });
});

describe("the reader of vectors", () => {
  it.each([
    ["an unknown key", "expect: accept\nwhy: x\ncolour: red\n\n80\n"],
    ["an unknown expectation", "expect: denied\nwhy: x\n\n80\n"],
    ["a key twice", "expect: bad-frame\nexpect: bad-frame\nwhy: x\n\n80\n"],
    ["no reason", "expect: bad-frame\n\n80\n"],
    ["an acceptance without fields", "expect: accept\nwhy: x\nid: 1\nverb: status\n\n80\n"],
    ["a failure with fields", "expect: bad-frame\nwhy: x\nfields: {}\n\n80\n"],
    ["no bytes", "expect: bad-frame\nwhy: x\n\n# none\n"],
    ["what is not hexadecimal", "expect: bad-frame\nwhy: x\n\n8x\n"],
  ])("refuses %s", (_what, text) => {
    expect(() => parseVector(text)).toThrow();
  });
});

function load(name: string): Vector {
  if (!name.endsWith(".txt")) throw new Error(`not a vector: ${name}`);
  return parseVector(readFileSync(new URL(name, FOLDER), "utf8"));
}
