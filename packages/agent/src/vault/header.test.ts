import { describe, expect, it } from "vitest";
import type { AgentError } from "../errors.ts";
import { headerLength, PAYLOAD_BLOCK, readHeader, readStamp, STAMP_BYTES } from "./header.ts";

const MAGIC = Buffer.from("534f54544ff50d0a", "hex");
const LONGEST_HEADER = 65_536;

/** A file that is nothing but lengths that agree with each other. */
function framed(header: number, payload: number): Buffer {
  const file = Buffer.alloc(header + payload + 16);
  MAGIC.copy(file);
  file.writeUInt16LE(1, 8);
  file.writeUInt32LE(header, 12);
  file.writeBigUInt64LE(BigInt(file.length), 16);
  return file;
}

function reason(read: () => unknown): unknown {
  try {
    read();
    return "accepted";
  } catch (error) {
    return (error as AgentError).details.reason;
  }
}

describe("lengths in a header", () => {
  it.each([
    ["shorter than a header with one slot", headerLength([{}]) - 1, 2 * PAYLOAD_BLOCK, "length"],
    ["of the shortest header", headerLength([{}]), PAYLOAD_BLOCK, "checksum"],
    ["of the longest header", LONGEST_HEADER, PAYLOAD_BLOCK, "checksum"],
    ["longer than that", LONGEST_HEADER + 1, PAYLOAD_BLOCK, "length"],
    ["that leave no payload", 2 * PAYLOAD_BLOCK, 0, "length"],
    ["of a payload that is no whole number of blocks", headerLength([{}]), PAYLOAD_BLOCK + 1, "length"],
  ])("B86: %s: %i and %i bytes", (_what, header, payload, expected) => {
    expect(reason(() => readHeader(framed(header, payload)))).toBe(expected);
  });
});

describe("the stamp of a vault", () => {
  it("is read off its first bytes, which are those of a vault and all there", () => {
    const start = framed(headerLength([{}]), PAYLOAD_BLOCK).subarray(0, STAMP_BYTES);
    start.fill(5, 24, 40);
    start.writeBigUInt64LE(3n, 40);
    expect(readStamp(start)).toEqual({ vaultId: Buffer.alloc(16, 5), generation: 3 });
    expect(reason(() => readStamp(start.subarray(0, -1)))).toBe("magic");
    expect(reason(() => readStamp(Buffer.alloc(STAMP_BYTES)))).toBe("magic");
  });

  it("has a generation that is a number of this agent's, from 1", () => {
    const start = framed(headerLength([{}]), PAYLOAD_BLOCK).subarray(0, STAMP_BYTES);
    for (const generation of [0n, 2n ** 53n]) {
      start.writeBigUInt64LE(generation, 40);
      expect(reason(() => readStamp(start))).toBe("schema");
    }
  });
});
