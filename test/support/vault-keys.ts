import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SecureMemory } from "../../packages/agent/src/memory/secure-memory.ts";
import { currentPlatform } from "../../packages/agent/src/platform/index.ts";
import { FileStore } from "../../packages/agent/src/vault/file-store.ts";
import { Kdf } from "../../packages/agent/src/vault/kdf.ts";
import { unlock } from "../../packages/agent/src/vault/unlock.ts";

const QUIET = { warn: () => undefined, info: () => undefined };

/** The keys that an agent needs in memory for a vault: what a scan must not find. Opens a copy of the vault, in this process. */
export async function keysOfVault(home: string, passphrase: string): Promise<Record<string, Buffer>> {
  const folder = mkdtempSync(join(tmpdir(), "sotto-keys-"));
  try {
    // Not copyFile: on newer lines of Node it keeps the owner, and only a file of our own is opened.
    writeFileSync(join(folder, "vault"), readFileSync(join(home, "vault")), { mode: 0o600 });
    return await openCopy(folder, Buffer.from(passphrase));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function openCopy(folder: string, bytes: Buffer): Promise<Record<string, Buffer>> {
  const platform = currentPlatform();
  const memory = new SecureMemory(platform);
  const found: Record<string, Buffer> = {};
  const deps = {
    platform,
    memory,
    kdf: new NotingKdf(memory, platform, (key) => (found["key of the passphrase"] = key)),
    store: new FileStore({ home: folder, platform, log: QUIET }),
    log: QUIET,
    kdfParameters: { memoryKib: 0, passes: 0 }, // for new slots only
  };
  const options = { acceptRollback: true, upgradeKdf: false, cancelled: () => false };
  const { parts } = await unlock(deps, { kind: "passphrase", bytes }, options);
  parts.keys.use(({ file, value }) => {
    found["file key"] = Buffer.from(file);
    found["value key"] = Buffer.from(value);
  });
  return found;
}

/** Notes each key that it derives. */
class NotingKdf extends Kdf {
  readonly #note: (key: Buffer) => void;

  constructor(
    memory: SecureMemory,
    platform: ReturnType<typeof currentPlatform>,
    note: (key: Buffer) => void,
  ) {
    super(memory, platform);
    this.#note = note;
  }

  override derive<T>(...[passphrase, salt, parameters, use]: Parameters<Kdf["derive"]>): Promise<T> {
    return super.derive(passphrase, salt, parameters, (key) => {
      this.#note(Buffer.from(key));
      return use(key) as T;
    });
  }
}
