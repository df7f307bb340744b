/**
 * Makes a home with a vault of many secrets in one save: through the command line each would be a save of its own.
 * Only the benchmark and tests use it; it runs outside the agent, as the same user.
 */
import { randomBytes } from "node:crypto";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";

/** The agent's own modules, from the build: no package exports them. */
const part = (path) => import(new URL(`../../packages/agent/dist/${path}`, import.meta.url).href);

/**
 * @param {string} home a folder to make, or an empty one
 * @param {{ count: number, valueBytes: number, passphrase: string, uid: number, config?: object, rules?: object[] }} options
 *   secrets are named `load/0`, `load/1`, ...; one rule lets `uid` fetch them all; `rules` come before it
 */
export async function fillHome(home, { count, valueBytes, passphrase, uid, config = {}, rules = [] }) {
  const [{ currentPlatform }, { SecureMemory }, { FileStore }, { Kdf }, { Vault }] = await Promise.all(
    [
      "platform/index.js",
      "memory/secure-memory.js",
      "vault/file-store.js",
      "vault/kdf.js",
      "vault/vault.js",
    ].map(part),
  );
  mkdirSync(home, { recursive: true, mode: 0o700 });
  chmodSync(home, 0o700);
  writeFileSync(`${home}/config.json`, JSON.stringify({ kdfMemoryMiB: 64, ...config }), { mode: 0o600 });
  const log = { warn() {}, info() {} };
  const platform = currentPlatform();
  const memory = new SecureMemory(platform);
  const deps = {
    platform,
    memory,
    log,
    kdf: new Kdf(memory, platform),
    store: new FileStore({ home, platform, log }),
    kdfParameters: { memoryKib: (config.kdfMemoryMiB ?? 64) * 1024, passes: 3 },
  };
  const { vault } = await Vault.create(deps, Buffer.from(passphrase), { recovery: false });
  await vault.update((now) => ({
    ...now,
    secrets: secrets(vault, count, valueBytes),
    rules: [...rules, { selector: "load/**", uids: [uid] }].map(asRule),
  }));
  vault.destroy();
}

function secrets(vault, count, valueBytes) {
  const made = new Map();
  for (let i = 0; i < count; i++) {
    const [name, id] = [`load/${String(i)}`, randomBytes(16)];
    const writer = vault.startValue();
    writer.write(randomBytes(valueBytes));
    made.set(name, {
      id,
      name,
      attributes: { username: `user${String(i)}` },
      versions: [vault.adopt(writer.finish(), id, 1, Date.now())],
    });
  }
  return made;
}

const asRule = (fields) => ({
  id: randomBytes(8).toString("hex"),
  may: ["get"],
  created: Date.now(),
  ...fields,
});
