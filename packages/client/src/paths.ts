/** The one place that knows where an agent's home and socket are by default. */
import { resolve } from "node:path";
import { platform } from "./platform/index.ts";
import { SottoError } from "./sotto-error.ts";

/** Longest path of a socket, in bytes: the kernel's limit is 108 and some libraries cut off silently before it. */
export const MAX_SOCKET_PATH = 100;

/** Where one agent is. Both paths are absolute. */
export interface Locations {
  readonly home: string;
  readonly socket: string;
}

/** What the user said on the command line. */
export interface PathFlags {
  readonly home?: string | undefined;
  readonly socket?: string | undefined;
}

/**
 * Where the agent is that one starts or administers. Options come before the environment (`SOTTO_HOME`, `SOTTO_SOCKET`),
 * and a home that was chosen holds the socket unless that was chosen too.
 * Throws `bad-argument` for a socket path above 100 bytes.
 */
export function agentLocations(
  flags: PathFlags,
  env: NodeJS.ProcessEnv = process.env,
  uid = platform.ownUid(),
): Locations {
  const { home, socket } = chosen(flags, env);
  if (home !== undefined && socket !== undefined) return { home, socket: checkSocketPath(socket) };
  const defaults = platform.defaults(env, uid);
  const near = home === undefined ? defaults.ownSocket : platform.socketIn(home);
  return { home: home ?? defaults.home, socket: checkSocketPath(socket ?? near) };
}

/**
 * The sockets that a job looks for, in order: a chosen one alone (`SOTTO_SOCKET`, or that of a chosen home),
 * else the user's own and then the system's.
 * Throws `bad-argument` for a chosen socket path above 100 bytes.
 */
export function jobSockets(
  flags: PathFlags,
  env: NodeJS.ProcessEnv = process.env,
  uid = platform.ownUid(),
): string[] {
  const { home, socket } = chosen(flags, env);
  if (socket !== undefined) return [checkSocketPath(socket)];
  if (home !== undefined) return [checkSocketPath(platform.socketIn(home))];
  const { ownSocket, systemSocket } = platform.defaults(env, uid);
  return [...new Set([ownSocket, systemSocket])];
}

/** The first of the paths that exists. Throws `unreachable` when none does. */
export function firstExisting(paths: readonly string[]): string {
  const found = paths.find((path) => platform.exists(path));
  if (found === undefined) throw SottoError.because("absent");
  return found;
}

/** Returns the path. Throws `bad-argument` for one that is too long or could name something else than a file. */
export function checkSocketPath(path: string): string {
  if (path === "" || path.includes("\0")) throw SottoError.because("path");
  if (Buffer.byteLength(path) > MAX_SOCKET_PATH) throw SottoError.because("path-length");
  return path;
}

function chosen(flags: PathFlags, env: NodeJS.ProcessEnv): Partial<Locations> {
  return {
    home: absolute(flags.home ?? env["SOTTO_HOME"]),
    socket: absolute(flags.socket ?? env["SOTTO_SOCKET"]),
  };
}

/** An empty option or variable counts as not given. */
function absolute(path: string | undefined): string | undefined {
  return path === undefined || path === "" ? undefined : resolve(path);
}
