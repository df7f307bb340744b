import * as linux from "./linux.ts";
import * as other from "./other.ts";

/** What differs from one operating system to the next: where things are by default, and whom a client trusts. */
export interface Platform {
  /** Default paths of one user. `uid` is undefined where there are no uids. */
  defaults(env: NodeJS.ProcessEnv, uid: number | undefined): Defaults;
  /** The uid that this process acts with. */
  ownUid(): number | undefined;
  /** Throws a `SottoError` unless the socket at `path` can only be an agent's. Nothing has been sent before it returns. */
  checkSocket(path: string): void;
}

export interface Defaults {
  /** The agent's home. */
  readonly home: string;
  /** The socket of an agent that this user runs. */
  readonly ownSocket: string;
  /** The socket of the machine's agent. */
  readonly systemSocket: string;
}

/** The platform that this process runs on; an unknown one refuses. */
export const platform: Platform = process.platform === "linux" ? linux : other;
