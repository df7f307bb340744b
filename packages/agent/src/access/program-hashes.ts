import { createHash } from "node:crypto";
import { type BigIntStats, closeSync, fstatSync, read } from "node:fs";
import { promisify } from "node:util";
import type { PeerHandle } from "../platform/index.ts";

/** A larger program has no hash, so that nobody can keep the agent busy with one: a rule that asks for it never matches. */
export const MAX_PROGRAM_BYTES = 64 * 1024 * 1024;
/** Small enough that hashing a chunk keeps others waiting for a fraction of a millisecond only. */
const CHUNK_BYTES = 128 * 1024;
const MAX_REMEMBERED = 256;
/** A file that was changed only just may be changed once more without its time telling (inode(7)). */
const SETTLED_MS = 2_000;

const readAsync = promisify(read);

/** A program as an open file, and what tells it from every other and from itself when it has been changed. */
interface Program {
  readonly fd: number;
  readonly size: number;
  readonly key: string;
  /** Milliseconds since 1970. */
  readonly changed: number;
}

/** SHA-256 of the programs of peers: one at a time, and remembered for as long as the file is the same. */
export class ProgramHashes {
  /** By the key of the program, the one that was asked for last at the end. */
  readonly #known = new Map<string, string>();
  readonly #underway = new Map<string, Promise<string | undefined>>();
  #queue: Promise<unknown> = Promise.resolve();
  readonly #now: () => number;

  /** `now` is in milliseconds since 1970. */
  constructor(now: () => number = () => Date.now()) {
    this.#now = now;
  }

  /** Lower-case hexadecimal digits; undefined where the program cannot be read or is too large. */
  of(peer: PeerHandle): string | undefined | Promise<string | undefined> {
    const program = openProgram(peer);
    if (program === undefined) return undefined;
    const known = this.#known.get(program.key);
    if (known === undefined) return this.#hashFor(peer, program);
    closeSync(program.fd);
    this.#remember(program.key, known);
    return known;
  }

  /** Once it is hashed, the process must still be there, and its program the same. */
  async #hashFor(peer: PeerHandle, program: Program): Promise<string | undefined> {
    const { key } = program;
    const hash = await this.#enqueue(program);
    const now = openProgram(peer);
    if (now === undefined) return undefined;
    closeSync(now.fd);
    return now.key === key ? hash : undefined;
  }

  /** Takes over the descriptor. Peers that run the same program wait for the same hash. */
  #enqueue(program: Program): Promise<string | undefined> {
    const underway = this.#underway.get(program.key);
    if (underway !== undefined) {
      closeSync(program.fd);
      return underway;
    }
    const hash = this.#queue.then(() => this.#hash(program));
    this.#queue = hash;
    this.#underway.set(program.key, hash);
    return hash;
  }

  async #hash(program: Program): Promise<string | undefined> {
    try {
      const hash = await digest(program);
      if (hash !== undefined && this.#now() - program.changed > SETTLED_MS) this.#remember(program.key, hash);
      return hash;
    } finally {
      closeSync(program.fd);
      this.#underway.delete(program.key);
    }
  }

  #remember(key: string, hash: string): void {
    this.#known.delete(key);
    this.#known.set(key, hash);
    const [oldest] = this.#known.keys();
    if (this.#known.size > MAX_REMEMBERED && oldest !== undefined) this.#known.delete(oldest);
  }
}

function openProgram(peer: PeerHandle): Program | undefined {
  const fd = peer.openProgram();
  if (fd === undefined) return undefined;
  const stat = statOf(fd);
  if (stat?.isFile() === true && stat.size <= MAX_PROGRAM_BYTES)
    return { fd, size: Number(stat.size), key: keyOf(stat), changed: Number(stat.ctimeMs) };
  closeSync(fd);
  return undefined;
}

function statOf(fd: number): BigIntStats | undefined {
  try {
    return fstatSync(fd, { bigint: true });
  } catch {
    return undefined;
  }
}

const keyOf = ({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string =>
  [dev, ino, size, mtimeNs, ctimeNs].join(":");

/** undefined where the file cannot be read, or has not the size that it had. */
async function digest({ fd, size }: Program): Promise<string | undefined> {
  const hash = createHash("sha256");
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  try {
    for (let at = 0; at < size;) {
      const { bytesRead } = await readAsync(fd, chunk, 0, Math.min(CHUNK_BYTES, size - at), at);
      if (bytesRead === 0) return undefined;
      hash.update(chunk.subarray(0, bytesRead));
      at += bytesRead;
    }
    return hash.digest("hex");
  } catch {
    return undefined;
  }
}
