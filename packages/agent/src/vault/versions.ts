/** New versions out of values that are sealed already: each is opened and sealed anew, a chunk at a time. */
import type { Secret, Version } from "./contents.ts";
import { pendingSource, reseal, savedSource } from "./reseal.ts";
import type { Unsealer } from "./value-reader.ts";
import type { PendingValue, Sealer } from "./value-writer.ts";

type Stamp = Pick<Version, "number" | "created">;

/** A value that has arrived, as a version of a secret. */
export function adopt(sealer: Sealer, value: PendingValue, secretId: Buffer, stamp: Stamp): Version {
  const { vaultId, keys, workspace } = sealer;
  const target = { vaultId, secretId, version: stamp.number };
  const sealed = keys.use(({ pending, value: key }) =>
    reseal(pendingSource(value, pending), target, key, workspace),
  );
  return { ...stamp, size: value.size, sealed };
}

/** The value of `version` once more, as another version of the same secret. */
export function again(unsealer: Unsealer, secret: Secret, version: Version, stamp: Stamp): Version {
  const { vaultId, keys, workspace, current } = unsealer;
  const target = { vaultId, secretId: secret.id, version: stamp.number };
  const sealed = keys.use(({ value: key }) =>
    reseal(savedSource(secret, current(version), vaultId, key), target, key, workspace),
  );
  return { ...stamp, size: version.size, sealed };
}
