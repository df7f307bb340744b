/** What lies at a path itself, a symbolic link not followed. */
export interface Entry {
  readonly kind: "file" | "folder" | "link" | "socket" | "other";
  readonly uid: number;
  /** Permission bits, with set-id and sticky. */
  readonly mode: number;
  readonly links: number;
  /** Device and inode: the same for two names of one file. */
  readonly id: string;
  readonly bytes: number;
  /** Milliseconds since 1970. */
  readonly modified: number;
}

/** Room of a file system, as statfs(2) tells it. */
export interface Space {
  /** Bytes that root may use, and that others may. */
  readonly free: number;
  readonly available: number;
  /** 0 where the file system has no fixed number of files. */
  readonly files: number;
  readonly filesFree: number;
}

/** All that the checks see of a machine: a test puts another one in its place. Nothing here throws, or changes anything. */
export interface Machine {
  /** The effective uid of this process. */
  readonly uid: number;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Such as `20.20.2`. */
  readonly nodeVersion: string;
  /** Such as `6.12.0-amd64`. */
  readonly kernel: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  knowsNodeFlag(flag: string): boolean;
  knowsTimeZone(name: string): boolean;
  /** Such as `batch (1001)`; safe to print. */
  who(uid: number): string;
  userName(uid: number): string | undefined;
  lstat(path: string): Entry | "absent" | "unseen";
  /** The path without symbolic links. */
  realPath(path: string): string | undefined;
  /** Text of a file that is small, or of one below /proc. */
  read(path: string): string | undefined;
  /** Names in a folder. */
  list(path: string): readonly string[] | undefined;
  readLink(path: string): string | undefined;
  /** Whether this process may write there: also false on what is read-only or immutable, for root too. */
  mayWrite(path: string): boolean;
  space(path: string): Space | undefined;
}

/** A file as lines without the last newline; none where it cannot be read. */
export const linesOf = (machine: Machine, path: string): string[] =>
  (machine.read(path) ?? "").split("\n").filter((line) => line !== "");
