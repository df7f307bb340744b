import { MAX_PASSPHRASE_BYTES } from "@sotto/client/protocol";
import sodium from "sodium-native";
import { AgentError } from "../errors.ts";
import type { SecureBuffer, SecureMemory } from "../memory/secure-memory.ts";
import type { Platform } from "../platform/index.ts";
import { damaged } from "./damage.ts";
import { KEY_BYTES } from "./derive.ts";
import type { KdfParameters } from "./limits.ts";
import { KDF_CEILING, KDF_FLOOR, KDF_MINIMUM } from "./limits.ts";

export const SALT_BYTES = 16;
/**
 * The last hash of a run stays on the stack of its thread, which nobody can wipe from outside: it is the key. So after
 * each run a small one is put on every thread of the pool, whose hash takes that place. 8 MiB take a few milliseconds,
 * long enough for all threads to have woken before the first is done.
 */
const SCRUB: KdfParameters = { memoryKib: 8 * 1024, passes: 1 };
const POOL_THREADS = Math.min(16, Math.max(4, Number(process.env["UV_THREADPOOL_SIZE"] ?? 4) || 4));

const isBelow = (one: KdfParameters, other: KdfParameters): boolean =>
  one.memoryKib < other.memoryKib || one.passes < other.passes;

/** True for parameters that are `weak-kdf`. */
export const isWeak = (parameters: KdfParameters): boolean => isBelow(parameters, KDF_FLOOR);

/** Throws `vault-damaged` (reason `kdf`) for parameters that no vault of ours has: they are never run. */
export function judgeLimits(parameters: KdfParameters): void {
  if (isBelow(parameters, KDF_MINIMUM) || isBelow(KDF_CEILING, parameters)) throw damaged("kdf");
}

/**
 * Argon2id (RFC 9106; version 0x13, one lane, 32 bytes out): one run at a time, first come first served, off the
 * event loop. Passphrase and result exist only in a workspace of its own, which no lock can take away under a run.
 */
export class Kdf {
  readonly #workspace: SecureBuffer;
  readonly #platform: Pick<Platform, "availableMemory">;
  #last: Promise<unknown> = Promise.resolve();

  constructor(memory: SecureMemory, platform: Pick<Platform, "availableMemory">) {
    this.#workspace = memory.allocate(MAX_PASSPHRASE_BYTES + SALT_BYTES + KEY_BYTES);
    this.#platform = platform;
  }

  /** Throws `busy` when a run would take more than half of the memory that the system has left. */
  judgeMemory(parameters: KdfParameters): void {
    if (parameters.memoryKib * 1024 > this.#platform.availableMemory() / 2) throw new AgentError("busy");
  }

  /**
   * Derives the key of a passphrase (at most 1 KiB) and gives it to `use`, which must not keep it.
   * Throws `vault-damaged`, `busy` (see above) or `too-large` before anything is run.
   */
  derive<T>(
    passphrase: Buffer,
    salt: Buffer,
    parameters: KdfParameters,
    use: (key: Buffer) => T,
  ): Promise<T> {
    const run = this.#last.then(() => this.#run(passphrase, salt, parameters, use));
    this.#last = run.catch(() => undefined);
    return run;
  }

  async #run<T>(
    passphrase: Buffer,
    salt: Buffer,
    parameters: KdfParameters,
    use: (key: Buffer) => T,
  ): Promise<T> {
    judgeLimits(parameters);
    this.judgeMemory(parameters);
    if (passphrase.length > MAX_PASSPHRASE_BYTES) throw new AgentError("too-large");
    const { bytes } = this.#workspace;
    const [password, saltCopy] = [bytes.subarray(0, passphrase.length), bytes.subarray(MAX_PASSPHRASE_BYTES)];
    const key = bytes.subarray(MAX_PASSPHRASE_BYTES + SALT_BYTES);
    try {
      passphrase.copy(password);
      salt.copy(saltCopy, 0, 0, SALT_BYTES);
      await argon2id(key, password, saltCopy.subarray(0, SALT_BYTES), parameters);
      return use(key);
    } finally {
      this.#workspace.wipe();
      await scrubThreads();
    }
  }
}

async function scrubThreads(): Promise<void> {
  const nothing = Buffer.alloc(SALT_BYTES);
  const runs = Array.from({ length: POOL_THREADS }, () =>
    argon2id(Buffer.alloc(KEY_BYTES), nothing, nothing, SCRUB),
  );
  await Promise.allSettled(runs);
}

function argon2id(key: Buffer, password: Buffer, salt: Buffer, parameters: KdfParameters): Promise<void> {
  const { crypto_pwhash_ALG_ARGON2ID13: algorithm } = sodium;
  return new Promise((resolve, reject) => {
    const done = (error: Error | null): void =>
      error ? reject(new AgentError("busy", { cause: error })) : resolve(); // it fails only for want of memory
    sodium.crypto_pwhash_async(
      key,
      password,
      salt,
      parameters.passes,
      parameters.memoryKib * 1024,
      algorithm,
      done,
    );
  });
}
