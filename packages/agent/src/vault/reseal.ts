import type { Secret, Version } from "./contents.ts";
import { damaged } from "./damage.ts";
import type { Binding, Position } from "./seal.ts";
import { chunkCount, chunkOf, openChunk, sealChunk, sealedLength } from "./seal.ts";
import type { PendingValue } from "./value-writer.ts";
import { pendingPosition } from "./value-writer.ts";
import type { Workspace } from "./workspace.ts";

/** A sealed value to be sealed anew: its chunks, and under which key, binding and positions they open. */
interface Source {
  readonly size: number;
  readonly key: Buffer;
  readonly binding: Binding;
  chunk(index: number): Buffer;
  position(index: number): Position;
}

/** Seals a value anew for `target`, one chunk at a time in secure memory. Throws `vault-damaged` for a bad chunk. */
export function reseal(source: Source, target: Binding, key: Buffer, workspace: Workspace): Buffer {
  const count = chunkCount(source.size);
  const result = Buffer.allocUnsafe(sealedLength(source.size));
  workspace.chunk((chunk) => {
    for (let index = 0; index < count; index++) {
      const length = openChunk(
        chunk,
        source.chunk(index),
        source.key,
        source.binding,
        source.position(index),
      );
      if (length < 0) throw damaged("payload");
      const at = { index, last: index === count - 1 };
      sealChunk(chunkOf(result, index), chunk.subarray(0, length), key, target, at);
    }
  });
  return result;
}

/** A value that is sealed in a vault. */
export function savedSource(secret: Secret, version: Version, vaultId: Buffer, key: Buffer): Source {
  const last = chunkCount(version.size) - 1;
  return {
    size: version.size,
    key,
    binding: { vaultId, secretId: secret.id, version: version.number },
    chunk: (index) => chunkOf(version.sealed, index),
    position: (index) => ({ index, last: index === last }),
  };
}

/** A value that has just arrived. */
export function pendingSource(value: PendingValue, key: Buffer): Source {
  const { size, binding, chunks } = value;
  return {
    size,
    key,
    binding,
    chunk: (index) => chunks[index] ?? Buffer.alloc(0),
    position: pendingPosition,
  };
}
