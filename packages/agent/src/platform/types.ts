import type { RuleReason } from "@sotto/client/protocol";

/** What the agent needs of an operating system. One file implements it for each system; `refusing.ts` for all others. */

/** The process at the other end of a connection, as the kernel identified it when it connected. */
export interface Peer {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
  /** Supplementary groups as the kernel holds them, never as /etc/group lists them. */
  readonly groups: readonly number[];
  /** On Windows who it is, in the form `S-1-5-...`; `uid` is then a number that stands for it in this process only. */
  readonly sid?: string;
  /** On Windows the session of its desktop, 0 for services. */
  readonly session?: number;
  /** On Windows: the system itself, or an administrator who acts as one. */
  readonly privileged?: boolean;
}

/** What a program is: `device:inode`. A path may mean another file tomorrow, or in another mount namespace today. */
export type FileId = string;

/** What may have to be found out about a process before a rule can be judged. It costs time, so only on demand. */
export type FactKind = "unit" | "exe" | "sha256" | "ancestors";

/** What was found out about a process; what could not be is undefined. */
export interface ProcessFacts {
  /** The systemd system unit that it runs in, such as `backup.service`. */
  readonly unit?: string | undefined;
  readonly exe?: FileId | undefined;
  /** The programs of its ancestors, the parent first. */
  readonly ancestors?: readonly FileId[] | undefined;
}

/** What the audit tells of a process beside its credentials. Read off /proc, so a hint and no proof. */
export interface ProcessDescription {
  readonly exe?: string | undefined;
  readonly unit?: string | undefined;
  /** The path that `exe` reads as leads to another file here: so does a mount over it in a namespace of the process's own. */
  readonly exeMismatch?: boolean;
}

/** A peer together with the handle that keeps its pid from meaning another process. */
export interface PeerHandle extends Peer {
  /** False once the process that connected has ended: what /proc says of its pid is then not about it. */
  isAlive(): boolean;
  /** Reads what is asked for, between two checks that the process is alive. Nothing of one in foreign namespaces. */
  inspect(kinds: ReadonlySet<FactKind>): ProcessFacts;
  /** For the audit. Never throws. */
  describe(): ProcessDescription;
  /** Its effective uid now; undefined where that is the one that it connected with, or is not known. Cheap. */
  uidNow(): number | undefined;
  /** Its program, open for reading; undefined where it cannot be had. The caller closes it. */
  openProgram(): number | undefined;
  /** Where it can be known for sure only once bytes have arrived: whether it is who it seemed to be when it connected. */
  confirm?(): boolean;
  /** Releases the handle; called once, when the connection closes. */
  release(): void;
}

export type Access = "none" | "read" | "write";

/** Whole pages that no other process can read, not even one of root. */
export interface SecretPages {
  readonly bytes: Buffer;
  /** Allows the process itself no access, reading, or reading and writing. */
  protect(access: Access): void;
}

/** A file or folder of the agent, by what it is for. */
export type OwnedKind = "home" | "config" | "audit" | "vault";
/** Where it is: its descriptor, or its path. */
export type OwnedFile = number | string;

/** Somebody who has connected to a named pipe. */
export interface Arrival {
  /** Who it seems to be; to be confirmed when bytes have arrived. Throws when the system cannot say. */
  peer(): PeerHandle;
  /** The descriptor of the connection, for `net.Socket`, which closes it. Throws when none is free. Called once at most. */
  take(): number;
  /** Closes the connection, unless it has been taken. */
  close(): void;
}

export interface PipeOptions {
  readonly onArrival: (arrival: Arrival) => void;
  readonly onError: (error: unknown) => void;
}

export interface PipeListener {
  /** Lets nobody in any more; connections go on. */
  close(): void;
}

/** Where peers connect by named pipes, and not by sockets of the file system. */
export interface Pipes {
  /** Whether there is a pipe of this name, whoever serves it. */
  isServed(path: string): boolean;
  /** Throws when the name is taken, or when the pipe is not closed as it was to be. */
  listen(path: string, options: PipeOptions): PipeListener;
}

/** Whom a system keeps a key for: the account that asks, or everybody on the machine. */
export type KeepScope = "user" | "machine";

/** A system that keeps keys by itself. */
export interface KeyKeeper {
  /**
   * What only this system can turn back into `key` (secure memory), given the same `context`, which is no secret. Rejects
   * where the system refuses.
   */
  keep(scope: KeepScope, key: Buffer, context: Buffer): Promise<Buffer>;
  /**
   * Turns that back, into `target` (secure memory of the key's length). False where it is another account's or machine's,
   * of another context, spoilt, or of another length.
   */
  give(kept: Buffer, context: Buffer, target: Buffer): Promise<boolean>;
}

export interface Platform {
  /** undefined where there are sockets. */
  readonly pipes?: Pipes;
  /** undefined where the system keeps no keys. */
  readonly keeper?: KeyKeeper;
  /** No debugger, no core dump, no reading through /proc by the same user. Throws when the system refuses. */
  harden(): void;
  /** Pages from the kernel's secret memory; undefined where it has none or the memory lock limit is used up. */
  secretPages(bytes: number): SecretPages | undefined;
  /** Who is at the other end of a connected socket. Throws when the kernel cannot say. */
  peerOf(socketFd: number): PeerHandle;
  /** The name that the other end of a connected socket is bound to; empty for one without a name. */
  peerAddress(socketFd: number): Buffer;
  /** The path at which a descriptor that was passed to this process accepts connections; undefined when it is no such socket. */
  listeningAt(fd: number): string | undefined;
  /** Sends one message to the service manager at `target`, a path or `@` and a name. Throws when it cannot be sent. */
  notifyManager(target: string, message: string): void;
  /** The uid that this process acts with. */
  ownUid(): number;
  /** On Windows the SID that a uid stands for. */
  sidOf?(uid: number): string | undefined;
  /** A running process, as if it had connected; undefined when there is none. */
  processOf(pid: number): PeerHandle | undefined;
  /** The program at a path that nobody but root could have changed or put there; undefined for anything else. */
  programAt(path: string): FileId | undefined;
  /** Why a rule may not name the program at `path`; undefined when it may. */
  judgeProgram(path: string, options: { allowInterpreter: boolean }): RuleReason | undefined;
  /** Identifies the login session of a live peer, for tickets; undefined when there is none to identify. */
  sessionOf(peer: PeerHandle): string | undefined;
  /** Writes a file or folder through to the disk. Rejects on failure; never to be retried on the same descriptor. */
  sync(fd: number): Promise<void>;
  /** Claims a folder until this process ends; false when another process has it. */
  claimFolder(folder: string): boolean;
  /** Takes the advisory lock of an open file without waiting; false when another process holds it. */
  tryLock(fd: number): boolean;
  /** Milliseconds on a clock that never jumps and that goes on while the machine is suspended. */
  now(): number;
  /** Memory that a new allocation could get now, in bytes. */
  availableMemory(): number;
  /** How many descriptors this process may have open. */
  descriptorLimit(): number;
  /** Points descriptors 0, 1 and 2 at the null device. */
  detachStdio(): void;
}
