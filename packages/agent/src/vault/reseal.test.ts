import { expect, it } from "vitest";
import { damaged } from "./damage.ts";
import { memory } from "./kit.test.helper.ts";
import { CHUNK_BYTES } from "./limits.ts";
import { reseal, savedSource } from "./reseal.ts";
import { chunkOf, sealChunk, sealedLength } from "./seal.ts";
import { Workspace } from "./workspace.ts";

const workspace = new Workspace(memory);
const vaultId = Buffer.alloc(16, 1);
const secret = { id: Buffer.alloc(16, 2), name: "a", attributes: {}, versions: [] };
const binding = { vaultId, secretId: secret.id, version: 1 };
const [key, other] = [Buffer.alloc(32, 3), Buffer.alloc(32, 4)];
const SIZE = CHUNK_BYTES + 5;

it("a value is sealed anew under another key as it was, and never with a chunk that does not open", () => {
  const sealed = Buffer.alloc(sealedLength(SIZE));
  sealChunk(chunkOf(sealed, 0), Buffer.alloc(CHUNK_BYTES, "a"), key, binding, { index: 0, last: false });
  sealChunk(chunkOf(sealed, 1), Buffer.from("value"), key, binding, { index: 1, last: true });
  const again = (bytes: Buffer, from = key, to = other): Buffer =>
    reseal(
      savedSource(secret, { number: 1, created: 0, size: SIZE, sealed: bytes }, vaultId, from),
      binding,
      to,
      workspace,
    );

  const moved = again(sealed);
  expect(again(moved, other, key)).toHaveLength(sealed.length);
  for (const at of [30, sealed.length - 1]) {
    const broken = Buffer.from(sealed);
    broken.writeUInt8(broken.readUInt8(at) ^ 1, at);
    expect(() => again(broken)).toThrow(damaged("payload"));
  }
});
