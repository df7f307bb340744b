import { randomBytes } from "node:crypto";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AgentError } from "../errors.ts";
import type { SecureBuffer } from "../memory/secure-memory.ts";
import { SecureMemory } from "../memory/secure-memory.ts";
import type { Platform } from "../platform/index.ts";
import { currentPlatform } from "../platform/index.ts";
import type { Contents } from "./contents.ts";
import type { Credential, VaultDeps } from "./deps.ts";
import { FileStore } from "./file-store.ts";
import type { Stamp } from "./header.ts";
import { readStamp } from "./header.ts";
import { Kdf } from "./kdf.ts";
import type { KdfParameters } from "./limits.ts";
import { CHUNK_BYTES, KDF_FLOOR } from "./limits.ts";
import type { SaveJudge, Store } from "./store.ts";
import type { UnlockOptions } from "./unlock.ts";
import { Vault } from "./vault.ts";

export const platform = currentPlatform();
export const memory = new SecureMemory(platform);
export const OTHER_PASSPHRASE = Buffer.from("another passphrase");
export const PASSPHRASE = Buffer.from("correct horse battery staple");

/** One workspace for all derivations here, which run one after the other: there is little locked memory for a user. */
let workspace: SecureBuffer | undefined;
const kdfMemory = {
  allocate: (size: number) => (workspace ??= memory.allocate(size)),
} as unknown as SecureMemory;

/** Remembers what it has derived, so that a test may open a hundred vaults; counts the runs that it was asked for. */
export class RememberingKdf extends Kdf {
  static readonly #known = new Map<string, Buffer>();
  runs = 0;

  override async derive<T>(
    passphrase: Buffer,
    salt: Buffer,
    parameters: KdfParameters,
    use: (key: Buffer) => T,
  ): Promise<T> {
    this.runs++;
    const name = `${passphrase.toString("hex")} ${salt.toString("hex")} ${JSON.stringify(parameters)}`;
    let known = RememberingKdf.#known.get(name);
    known ??= await super.derive(passphrase, salt, parameters, (key) => Buffer.from(key));
    RememberingKdf.#known.set(name, known);
    return use(Buffer.from(known));
  }
}

/** A store without a disk. */
export class MemoryStore implements Store {
  file: Buffer | undefined;
  seen: Stamp | undefined;
  readonly saved: Buffer[] = [];

  constructor(file?: Buffer) {
    if (file === undefined) return;
    this.file = Buffer.from(file);
    this.seen = file.length < 90 ? undefined : stampOrNothing(file);
  }

  exists(): boolean {
    return this.file !== undefined;
  }

  load(): Promise<Buffer> {
    if (this.file === undefined) return Promise.reject(new AgentError("uninitialised"));
    return Promise.resolve(Buffer.from(this.file));
  }

  lastSeen(): Promise<Stamp | undefined> {
    return Promise.resolve(this.seen);
  }

  noteSeen({ vaultId, generation }: Stamp): Promise<boolean> {
    this.seen = { vaultId, generation };
    return Promise.resolve(true);
  }

  async save(
    image: Buffer,
    stamp: Stamp,
    expected: Stamp | undefined,
    judge: SaveJudge,
  ): Promise<{ durable: boolean }> {
    const found = this.file && readStamp(this.file);
    if (found?.generation !== expected?.generation) throw new AgentError("conflict");
    const file = Buffer.from(image);
    await judge.verify();
    judge.stillWanted();
    this.file = file;
    this.saved.push(file);
    await this.noteSeen(stamp);
    return { durable: true };
  }
}

function stampOrNothing(file: Buffer): Stamp | undefined {
  try {
    return readStamp(Buffer.from(file));
  } catch {
    return undefined;
  }
}

/** Dependencies around a store. Notes go to `notes`. */
export function depsOf(
  store: Store,
  overrides: Partial<VaultDeps> = {},
): VaultDeps & { kdf: RememberingKdf; notes: string[] } {
  const notes: string[] = [];
  const note = (_fields: object, text: string): void => void notes.push(text);
  const kdf = new RememberingKdf(kdfMemory, platform);
  const log = { warn: note, info: note };
  return { platform, memory, store, log, kdfParameters: KDF_FLOOR, ...overrides, kdf, notes };
}

/** A home of its own, with the files of another one, removed by `close`. */
export function makeHome(
  overrides: Partial<Platform> = {},
  template?: string,
): {
  home: string;
  store: FileStore;
  notes: string[];
  close: () => void;
} {
  const home = mkdtempSync(join(tmpdir(), "sotto-vault-"));
  if (template !== undefined) cpSync(template, home, { recursive: true });
  const notes: string[] = [];
  const log = { warn: (_fields: object, text: string): void => void notes.push(text) };
  const store = new FileStore({ home, platform: { ...platform, ...overrides }, log, lockWaitMs: 300 });
  return { home, store, notes, close: () => rmSync(home, { recursive: true, force: true }) };
}

export const DEFAULTS: UnlockOptions = { acceptRollback: false, upgradeKdf: false, cancelled: () => false };

export function openVault(
  deps: VaultDeps,
  options: Partial<UnlockOptions & Credential> = {},
): ReturnType<typeof Vault.open> {
  const { kind = "passphrase", bytes = PASSPHRASE, ...rest } = options;
  return Vault.open(deps, { kind, bytes }, { ...DEFAULTS, ...rest });
}

/** A change that stores `value` as the newest version of `name`. */
export function setting(
  vault: Vault,
  name: string,
  value: Buffer,
  attributes = {},
): (now: Contents) => Contents {
  const writer = vault.startValue();
  writer.write(value);
  const pending = writer.finish();
  return (now) => {
    const old = now.secrets.get(name);
    const id = old?.id ?? randomBytes(16);
    const versions = old?.versions ?? [];
    const version = vault.adopt(pending, id, (versions.at(-1)?.number ?? 0) + 1, 1_700_000_000_000);
    const secret = { id, name, attributes, versions: [...versions, version] };
    return { ...now, secrets: new Map(now.secrets).set(name, secret) };
  };
}

/** Opens a copy of a vault file, in a store of its own. */
export async function opened(file: Buffer): Promise<{ vault: Vault; store: MemoryStore }> {
  const store = new MemoryStore(file);
  return { vault: (await openVault(depsOf(store))).vault, store };
}

export const setValue = (vault: Vault, name: string, value: Buffer | string): Promise<{ durable: boolean }> =>
  vault.update(setting(vault, name, Buffer.from(value)));

/** The value of a version, the newest unless another is named. */
export function getValue(vault: Vault, name: string, number?: number): Buffer {
  const secret = vault.contents.secrets.get(name);
  const version = secret?.versions.find((one) => number === undefined || one.number === number);
  const wanted = number === undefined ? secret?.versions.at(-1) : version;
  if (secret === undefined || wanted === undefined) throw new Error(`no ${name}`);
  const reader = vault.readValue(secret, wanted);
  const target = Buffer.alloc(CHUNK_BYTES);
  const parts: Buffer[] = [];
  for (let length = reader.read(target); length > 0; length = reader.read(target))
    parts.push(Buffer.from(target.subarray(0, length)));
  return Buffer.concat(parts);
}

/** What a promise is rejected with, as `code` or `code reason`. */
export async function refusal(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return "accepted";
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    return [error.code, error.details.reason].filter(Boolean).join(" ");
  }
}

/** A small vault in memory: two secrets, two slots. */
export async function fixture(
  store: Store & { file?: Buffer | undefined } = new MemoryStore(),
): Promise<{ store: Store; file: Buffer; recoveryCode: Buffer; vaultId: string }> {
  const deps = depsOf(store);
  const { vault, recoveryCode } = await Vault.create(deps, PASSPHRASE, { recovery: true });
  await setValue(vault, "mail/password", "hunter2");
  await vault.update(setting(vault, "db/main", Buffer.from("s3cret"), { username: "app" }));
  const code = Buffer.from(recoveryCode?.bytes ?? []);
  recoveryCode?.destroy();
  vault.destroy();
  return { store, file: await store.load(), recoveryCode: code, vaultId: vault.id };
}

/** How an unlock with this file ends, and how many key derivations it took. */
export async function unlocking(
  bytes: Buffer,
  options: Partial<UnlockOptions & Credential> = {},
): Promise<{ result: string; runs: number }> {
  const deps = depsOf(new MemoryStore(bytes));
  const opening = openVault(deps, options).then(({ vault }) => vault.destroy());
  return { result: await refusal(opening), runs: deps.kdf.runs };
}
