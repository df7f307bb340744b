import { SottoError } from "../sotto-error.ts";
import type { Defaults } from "./index.ts";

/** A platform whose sockets we cannot judge: nothing is trusted, and nothing has a default. */

export function defaults(): Defaults {
  throw new SottoError("bad-argument");
}

export function ownUid(): undefined {
  return undefined;
}

export function socketIn(): string {
  throw new SottoError("bad-argument");
}

export function exists(): boolean {
  throw new SottoError("untrusted");
}

export function openSocket(): never {
  throw new SottoError("untrusted");
}

export function secretFileObjection(): "owner" {
  return "owner";
}
