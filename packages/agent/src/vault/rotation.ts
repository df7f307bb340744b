import { setImmediate as turn } from "node:timers/promises";
import type { Contents, Secret, Version } from "./contents.ts";

/** Bytes that are sealed anew before others get their turn. */
const SLICE_BYTES = 512 * 1024;

/** Contents sealed anew, and which version became which. */
export interface Resealed {
  readonly contents: Contents;
  readonly moved: ReadonlyMap<Version, Version>;
}

/** Seals a value anew. */
type Seal = (secret: Secret, version: Version) => Buffer;

/**
 * Seals every value anew, letting requests through in between. `withKeys` runs one slice, with the keys at hand;
 * what it throws ends the whole.
 */
export async function resealContents(
  contents: Contents,
  withKeys: (slice: (seal: Seal) => boolean) => boolean,
): Promise<Resealed> {
  const moved = new Map<Version, Version>();
  const all = everyVersion(contents);
  const slice = (seal: Seal): boolean => resealSlice(all, moved, seal);
  while (!withKeys(slice)) await turn();
  const secrets = new Map<string, Secret>();
  for (const [name, secret] of contents.secrets) {
    const versions = secret.versions.map((version) => moved.get(version) ?? version);
    secrets.set(name, { ...secret, versions });
  }
  return { contents: { ...contents, secrets }, moved };
}

/** True when there was nothing left. */
function resealSlice(
  all: Iterator<readonly [Secret, Version]>,
  moved: Map<Version, Version>,
  seal: Seal,
): boolean {
  for (let bytes = 0; bytes < SLICE_BYTES;) {
    const next = all.next();
    if (next.done === true) return true;
    const [secret, version] = next.value;
    moved.set(version, { ...version, sealed: seal(secret, version) });
    bytes += version.sealed.length;
  }
  return false;
}

function* everyVersion(contents: Contents): Generator<readonly [Secret, Version]> {
  for (const secret of contents.secrets.values())
    for (const version of secret.versions) yield [secret, version];
}
