import { chmodSync, closeSync, constants, lstatSync, openSync, unlinkSync } from "node:fs";
import { connect } from "node:net";
import { dirname } from "node:path";
import type { Platform } from "../platform/index.ts";
import { StartError } from "../start-error.ts";
import type { EndpointPath, Where } from "./endpoint-path.ts";

/** sun_path holds 108 bytes and Node cuts longer ones in silence; 100 leave room for a name beside it. */
const MAX_PATH_BYTES = 100;
const STICKY = 0o1000;
const OTHERS_MAY_WRITE = 0o022;

/** The socket's place in the file system: claimed before it is bound, watched while it is served, removed only if ours. */
export class SocketPath implements EndpointPath {
  readonly path: string;
  readonly #mode: number;
  /** The descriptor of a socket that a service manager made, and will remove. */
  readonly #passed: number | undefined;
  #bound: { dev: number; ino: number } | undefined;

  private constructor(path: string, mode: number, passed?: number) {
    this.path = path;
    this.#mode = mode;
    this.#passed = passed;
  }

  /**
   * Makes sure that nobody serves this path and nothing else lies there, and keeps other agents out by a lock beside it.
   * A socket that nobody serves is removed; anything else is left alone. `passed` is the descriptor of one that a service
   * manager listens on already. `mode` is 0600 in the home, else 0666, unless given. Throws a `StartError`.
   */
  static async claim(
    path: string,
    platform: Platform,
    { home, mode, passed }: { home: string; mode?: number; passed?: number | undefined },
  ): Promise<SocketPath> {
    if (Buffer.byteLength(path) > MAX_PATH_BYTES)
      throw new StartError(2, "the path of the socket is longer than 100 bytes");
    checkFolder(dirname(path));
    takeLock(`${path}.lock`, platform, path);
    if (passed === undefined) await removeStale(path);
    return new SocketPath(path, mode ?? (dirname(path) === home ? 0o600 : 0o666), passed);
  }

  get where(): Where {
    return this.#passed === undefined ? { path: this.path } : { fd: this.#passed };
  }

  /** Whether it can be made again when it is missing. */
  get renewable(): boolean {
    return this.#passed === undefined;
  }

  /** After listening: sets the mode whatever the umask was, and remembers which file is ours. */
  bound(): void {
    if (this.#passed === undefined) chmodSync(this.path, this.#mode);
    const { dev, ino } = lstatSync(this.path);
    this.#bound = { dev, ino };
  }

  /** Whether our socket still lies there: `missing` when it was removed, `replaced` when something else lies there. */
  check(): "ours" | "missing" | "replaced" {
    const stat = lstatSync(this.path, { throwIfNoEntry: false });
    if (stat === undefined) return "missing";
    return stat.dev === this.#bound?.dev && stat.ino === this.#bound.ino ? "ours" : "replaced";
  }

  /** Removes our socket, and never a successor's. */
  remove(): void {
    if (this.#passed === undefined && this.check() === "ours") unlinkSync(this.path);
  }
}

function checkFolder(folder: string): void {
  const stat = lstatSync(folder, { throwIfNoEntry: false });
  if (!stat?.isDirectory()) throw new StartError(2, `the folder of the socket, ${folder}, is not there`);
  const ours = stat.uid === 0 || stat.uid === process.getuid?.();
  const closed = (stat.mode & OTHERS_MAY_WRITE) === 0 || (stat.mode & STICKY) !== 0;
  if (!ours || !closed)
    throw new StartError(
      2,
      `others could replace the socket in ${folder}`,
      `set it right with: chmod go-w ${folder}`,
    );
}

/** Held until the process ends, however it ends. */
function takeLock(file: string, platform: Platform, path: string): void {
  const flags = constants.O_CREAT | constants.O_RDWR | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  let fd: number;
  try {
    fd = openSync(file, flags, 0o600);
  } catch {
    throw new StartError(2, `cannot make ${file}`);
  }
  if (platform.tryLock(fd)) return;
  closeSync(fd);
  throw new StartError(1, `an agent is already running at ${path}`);
}

async function removeStale(path: string): Promise<void> {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return;
  if (!stat.isSocket())
    throw new StartError(
      2,
      `${path} is there and is not a socket`,
      "move it away, or choose another --socket",
    );
  if (stat.uid !== process.getuid?.()) throw new StartError(2, `${path} belongs to another user`);
  if (await isServed(path)) throw new StartError(1, `an agent is already running at ${path}`);
  unlinkSync(path);
}

function isServed(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(path);
    probe.once("connect", () => resolve(true));
    probe.once("error", (error: NodeJS.ErrnoException) => resolve(error.code !== "ECONNREFUSED"));
    probe.once("connect", () => probe.destroy());
  });
}
