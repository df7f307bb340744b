import { lstatSync, readFileSync } from "node:fs";
import { parseDuration } from "@sotto/client/protocol";
import { fileObjection, groupId } from "./platform/index.ts";
import { StartError } from "./start-error.ts";

/** How this agent runs: `HOME/config.json`, over which the options of the command line stand. */
export interface Config {
  /** Lock after this many milliseconds without a fetch or a change; undefined: never. */
  readonly lockAfterMs: number | undefined;
  /** How long a proof of the passphrase is good for a login session, in milliseconds; 0: for its connection only. */
  readonly ticketMs: number;
  /** Members of this group may administer, beside root and the agent's own user. */
  readonly adminGid: number | undefined;
  readonly requireLockedMemory: boolean;
  /** Argon2id of new slots. */
  readonly kdfMemoryKib: number;
  readonly kdfPasses: number;
  /** The audit's file is rotated at this size, in bytes. */
  readonly auditMaxBytes: number;
  /** Rotated files of the audit that stay; 0: all. */
  readonly auditKeep: number;
  /** What must have a line before the reply leaves: the kernel (it survives the agent), or the disk (a power cut). */
  readonly auditSync: "write" | "fsync";
}

const MIB = 1024 * 1024;
const FIVE_MINUTES_MS = 5 * 60_000;
export const DEFAULT_CONFIG: Config = {
  lockAfterMs: undefined,
  ticketMs: FIVE_MINUTES_MS,
  adminGid: undefined,
  requireLockedMemory: false,
  kdfMemoryKib: 256 * 1024,
  kdfPasses: 3,
  auditMaxBytes: 16 * MIB,
  auditKeep: 0,
  auditSync: "write",
};

type Reader = (value: unknown, key: string) => Partial<Config>;

const invalid = (key: string, wanted: string): never => {
  throw new StartError(2, `config.json: ${key} must be ${wanted}`);
};

const duration = (value: unknown, key: string): number =>
  (typeof value === "string" ? parseDuration(value) : undefined) ??
  invalid(key, 'a duration such as "30s", "10m" or "8h"');

const within = (value: unknown, key: string, min: number, max: number): number =>
  Number.isInteger(value) && (value as number) >= min && (value as number) <= max
    ? (value as number)
    : invalid(key, `an integer from ${String(min)} to ${String(max)}`);

/** One reader for each key; a key without one is refused. */
const READERS: Readonly<Record<string, Reader>> = {
  lockAfter: (value, key) => ({ lockAfterMs: duration(value, key) }),
  ticket: (value, key) => ({ ticketMs: value === "0" || value === 0 ? 0 : duration(value, key) }),
  adminGroup: (value, key) => ({
    adminGid:
      (typeof value === "string" ? groupId(value) : undefined) ??
      invalid(key, "the name of a group of this machine"),
  }),
  requireLockedMemory: (value, key) => ({
    requireLockedMemory: typeof value === "boolean" ? value : invalid(key, "true or false"),
  }),
  kdfMemoryMiB: (value, key) => ({ kdfMemoryKib: within(value, key, 64, 1024) * 1024 }),
  kdfPasses: (value, key) => ({ kdfPasses: within(value, key, 3, 10) }),
  auditMaxMiB: (value, key) => ({ auditMaxBytes: within(value, key, 1, 1024) * MIB }),
  auditKeep: (value, key) => ({ auditKeep: within(value, key, 0, 100_000) }),
  auditSync: (value, key) => ({
    auditSync: value === "write" || value === "fsync" ? value : invalid(key, '"write" or "fsync"'),
  }),
};

const MAX_BYTES = 64 * 1024;

/** Reads `config.json`; one that is not there means the defaults. Throws a `StartError` that names the key, and the file. */
export function readConfig(file: string): Config {
  try {
    return readOwn(file);
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    const hint = error.hint ?? `it is ${file}; the README of Sotto lists its keys`;
    throw new StartError(error.exit, error.message, hint);
  }
}

function readOwn(file: string): Config {
  const stat = lstatSync(file, { throwIfNoEntry: false });
  if (stat === undefined) return DEFAULT_CONFIG;
  if (!stat.isFile() || stat.size > MAX_BYTES)
    throw new StartError(2, "config.json is not a small regular file");
  if (fileObjection("config", stat, file) !== undefined) {
    throw new StartError(
      2,
      "config.json could be written by someone else",
      `set it right with: chmod 600 ${file}`,
    );
  }
  return parseConfig(readText(file));
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    throw new StartError(2, "config.json cannot be read");
  }
}

/** Parses the text of a config.json, strictly: unknown and duplicate keys are refused. */
export function parseConfig(text: string): Config {
  const document = parseObject(text);
  const repeated = firstRepeatedKey(text);
  if (repeated !== undefined) throw new StartError(2, `config.json: ${repeated} stands there twice`);
  const parts = Object.entries(document).map(([key, value]) => {
    const reader = Object.hasOwn(READERS, key) ? READERS[key] : undefined;
    if (reader === undefined) throw new StartError(2, `config.json: unknown key ${JSON.stringify(key)}`);
    return reader(value, key);
  });
  return Object.assign({}, DEFAULT_CONFIG, ...parts) as Config;
}

function parseObject(text: string): object {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw new StartError(2, "config.json is not valid JSON");
  }
  if (typeof document === "object" && document !== null && !Array.isArray(document)) return document;
  throw new StartError(2, "config.json must hold one JSON object");
}

/** JSON.parse keeps the last of two equal keys in silence, however they are written. A string before a colon is a key. */
function firstRepeatedKey(text: string): string | undefined {
  const keys = [...text.matchAll(/("(?:[^"\\]|\\.)*")\s*:/g)].map(
    ([, key = '""']) => JSON.parse(key) as string,
  );
  return keys.find((key, i) => keys.indexOf(key) !== i);
}
