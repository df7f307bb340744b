import { openSync, statSync } from "node:fs";
import type { Handle, Identity } from "@sotto/client/win32";
import {
  api,
  holdProcess,
  identityOfPipeClient,
  identityOfProcess,
  isPrivileged,
  ownIdentity,
  programOf,
  runs,
} from "@sotto/client/win32";
import type { FactKind, FileId, PeerHandle, ProcessDescription, ProcessFacts } from "./types.ts";

/**
 * The rest of the agent keeps its accounts by uid. Here a number stands for a SID, the same one for as long as this
 * process lives. It is above every uid that a rule may name, so that no rule made on another system can meet it.
 */
const FIRST_NUMBER = 2 ** 32;
/** No group: rules with a gid never match here. */
const NO_GID = 2 ** 32;
const numbers = new Map<string, number>();
const sids: string[] = [];

export function numberOf(sid: string): number {
  const known = numbers.get(sid);
  if (known !== undefined) return known;
  const number = FIRST_NUMBER + sids.length;
  numbers.set(sid, number);
  sids.push(sid);
  return number;
}

/** The SID that a number stands for. */
export const sidOf = (number: number): string | undefined => sids[number - FIRST_NUMBER];

export const ownUid = (): number => numberOf(ownIdentity().sid);

/** Which file a path leads to; undefined for none. By numbers that are exact: they have 64 bits. */
export function fileAt(path: string): FileId | undefined {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stat?.isFile() === true ? `${stat.dev}:${stat.ino}` : undefined;
}

/** The process at the other end of a pipe, or one that is only looked at. */
export class WindowsPeer implements PeerHandle {
  readonly pid: number;
  readonly uid: number;
  readonly gid = NO_GID;
  readonly groups = [];
  readonly sid: string;
  readonly session: number;
  readonly privileged: boolean;
  /** Names the logon that its process belongs to. */
  readonly logon: string;
  readonly #process: Handle;
  readonly #pipe: Handle | undefined;
  #program: string | undefined;

  /** Throws where the process is gone or may not be looked at. `pipe` stays somebody else's. */
  constructor(pid: number, pipe?: Handle) {
    this.pid = pid;
    this.#pipe = pipe;
    this.#process = holdProcess(pid);
    const identity = this.#identity();
    this.uid = numberOf(identity.sid);
    this.sid = identity.sid;
    this.session = identity.session;
    this.privileged = isPrivileged(identity);
    this.logon = identity.logon;
  }

  #identity(): Identity {
    try {
      return identityOfProcess(this.#process);
    } catch (error) {
      api.closeHandle(this.#process);
      throw error;
    }
  }

  /**
   * Whether who wrote to the pipe is who its process is. The pipe tells it only once bytes have arrived; a thread that acts
   * as somebody else than its process is neither of the two.
   */
  confirm(): boolean {
    if (this.#pipe === undefined) return false;
    try {
      return identityOfPipeClient(this.#pipe).sid === this.sid && this.isAlive();
    } catch {
      return false;
    }
  }

  isAlive(): boolean {
    return runs(this.#process);
  }

  inspect(kinds: ReadonlySet<FactKind>): ProcessFacts {
    const path = kinds.has("exe") && this.isAlive() ? this.#path() : undefined;
    const exe = path === undefined ? undefined : fileAt(path);
    return exe === undefined ? {} : { exe };
  }

  describe(): ProcessDescription {
    const exe = this.#path();
    return exe === undefined ? {} : { exe };
  }

  /** A process keeps the identity that it has. */
  uidNow(): undefined {
    return undefined;
  }

  openProgram(): number | undefined {
    const path = this.#path();
    try {
      return path === undefined ? undefined : openSync(path, "r");
    } catch {
      return undefined;
    }
  }

  release(): void {
    api.closeHandle(this.#process);
  }

  #path(): string | undefined {
    return (this.#program ??= programOf(this.#process));
  }
}

export function processOf(pid: number): PeerHandle | undefined {
  try {
    return new WindowsPeer(pid);
  } catch {
    return undefined;
  }
}

/** The logon that a live process belongs to: of one user there may be several, elevated or not. */
export const sessionOf = (peer: PeerHandle): string | undefined =>
  peer instanceof WindowsPeer && peer.isAlive() ? `${peer.session}:${peer.logon}` : undefined;
