import type { Places } from "../launcher/arguments.ts";

/** What differs from one operating system to the next in what the command line does itself. */
export interface Platform {
  /** Makes the home, and the folder of the socket, where they are missing. Throws a usage failure for what is not ours alone. */
  prepareFolders(places: Places): void;
  /** Closes what this process was started with and its children would inherit. */
  closeInherited(): void;
  /** Programs with an environment that never was a string. Only where Node's own way is to be passed by. */
  readonly programs?: Programs;
  /** The SID of a user or group; undefined where there is none of that name. Only where accounts are SIDs. */
  readonly sidOf?: (account: string) => string | undefined;
}

/** Starts programs of Windows and waits for them; see `startProgram` and `endOf` of `@sotto/client/win32`. */
export interface Programs {
  start(file: string, line: Buffer, environment: Buffer): number;
  endOf(program: number): Promise<number>;
}

/** Whether commands that need Linux can run. */
export const isLinux = process.platform !== "win32";

/** Whether the system keeps keys by itself (DPAPI). */
export const keepsKeys = process.platform === "win32";

/** The platform that this process runs on. Of the others nothing is loaded. */
export async function loadPlatform(): Promise<Platform> {
  return process.platform === "win32" ? await import("./windows.ts") : await import("./linux.ts");
}

/** What `become` gives: see platform/win32/service.ts of the client. */
export interface ManagedService {
  readonly stopAsked: Promise<void>;
  running(): void;
  stopping(): void;
  stopped(exit: number): void;
}

/** A file or folder by which a program could be changed: by our own account, or by others. */
export interface ProgramOpening {
  readonly path: string;
  readonly own: boolean;
}

/** What `agent service` needs of Windows. */
export interface ServiceTools {
  /** Becomes the service of this name. Rejects where the service manager did not start this process. */
  become(name: string): Promise<ManagedService>;
  isElevated(): boolean;
  openTo(path: string): ProgramOpening | undefined;
  /** Runs a program of Windows itself; its exit status, undefined where it did not start. */
  run(words: readonly string[]): number | undefined;
}

/** Only there: the commands that need it are refused elsewhere. */
export const loadServiceTools = (): Promise<ServiceTools> => import("./windows-service.ts");
