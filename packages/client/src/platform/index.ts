import { system } from "./system.ts";

/** What differs from one operating system to the next: where things are by default, and whom a client trusts. */
export interface Platform {
  /** Default paths of one user. `uid` is undefined where there are no uids. */
  defaults(env: NodeJS.ProcessEnv, uid: number | undefined): Defaults;
  /** The uid that this process acts with. */
  ownUid(): number | undefined;
  /** The socket of an agent whose home was chosen. */
  socketIn(home: string): string;
  /** Whether something is at the path of a socket. What cannot be looked at is taken to exist. */
  exists(path: string): boolean;
  /**
   * Throws a `SottoError` unless the socket at `path` can only be an agent's. Nothing has been sent before it returns.
   * What it returns is for the socket that is made next.
   */
  openSocket(path: string): Opened;
  /** Why an open file may not hold a secret of this user's; see `secretFileObjection`. */
  secretFileObjection(fd: number): "owner" | "mode" | undefined;
}

/** A path that has been judged and is to be connected to, or the descriptor of a connection that stands. */
export type Opened = { readonly path: string } | { readonly fd: number };

export interface Defaults {
  /** The agent's home. */
  readonly home: string;
  /** The socket of an agent that this user runs. */
  readonly ownSocket: string;
  /** The socket of the machine's agent. */
  readonly systemSocket: string;
}

/** The platform that this process runs on. */
export const platform: Platform = system;
