import { expect, it } from "vitest";
import { damaged } from "./damage.ts";
import { readSlot, SLOT_BYTES, writeSlot } from "./slot.ts";

const LABEL_LENGTH_AT = 17;

function written(label: string): Buffer {
  const bytes = Buffer.alloc(SLOT_BYTES);
  const [id, salt, nonce] = [Buffer.alloc(16, 1), Buffer.alloc(16, 2), Buffer.alloc(24, 3)];
  const [ephemeral, wrapped, commit] = [Buffer.alloc(32, 4), Buffer.alloc(48, 5), Buffer.alloc(32, 6)];
  const kdf = { memoryKib: 65_536, passes: 3 };
  writeSlot(bytes, { id, kind: "recovery", label, kdf, salt, ephemeral, nonce, wrapped, commit });
  return bytes;
}

it("a label has 0 to 64 bytes of UTF-8, and nothing stands after it", () => {
  for (const label of ["", "é", "x".repeat(64), "é".repeat(32)])
    expect(readSlot(written(label)).label).toBe(label);
  const longer = written("x".repeat(64));
  longer.writeUInt8(65, LABEL_LENGTH_AT);
  expect(() => readSlot(longer)).toThrow(damaged("slots"));
  const shorter = written("xx");
  shorter.writeUInt8(1, LABEL_LENGTH_AT);
  expect(() => readSlot(shorter)).toThrow(damaged("slots"));
});
