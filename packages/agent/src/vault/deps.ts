import type { SlotKind } from "@sotto/client/protocol";
import type { SecureMemory } from "../memory/secure-memory.ts";
import type { Platform } from "../platform/index.ts";
import type { Kdf } from "./kdf.ts";
import type { KdfParameters } from "./limits.ts";
import type { Store } from "./store.ts";

/** What a vault needs of the rest of the agent. */
export interface VaultDeps {
  readonly platform: Platform;
  readonly memory: SecureMemory;
  readonly kdf: Kdf;
  readonly store: Store;
  readonly log: {
    warn(fields: object, text: string): void;
    info(fields: object, text: string): void;
  };
  /** For new slots. */
  readonly kdfParameters: KdfParameters;
}

/** What a person gives to open a vault, or the system out of what it keeps. */
export interface Credential {
  readonly kind: SlotKind;
  /** Secure memory; the caller wipes it once the promise has settled, not before. */
  readonly bytes: Buffer;
}

/** By what a vault is to be opened: what a person gives, or whichever key this system keeps for it. */
export type Opener = Credential | "kept";
