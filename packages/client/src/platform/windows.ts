import { createHash } from "node:crypto";
import { userInfo } from "node:os";
import { join } from "node:path";
import { SottoError } from "../sotto-error.ts";
import type { Defaults, Opened } from "./index.ts";
import { ERROR, closeHandle, getLastError, waitNamedPipe } from "./win32/api.ts";
import { SID } from "./win32/descriptor.ts";
import { fileObjection } from "./win32/folder.ts";
import { descriptorFor, openPipe, pipeObjection } from "./win32/pipe.ts";
import type { Identity } from "./win32/token.ts";
import { isPrivileged, ownIdentity } from "./win32/token.ts";

const PIPES = "\\\\.\\pipe\\";
const SYSTEM_PIPE = `${PIPES}sotto`;
/** Accounts of services: LocalService, NetworkService, and those that Windows makes for one service each. */
const SERVICE = /^S-1-5-(?:19|20|80-.*|82-.*)$/;

const isOfMachine = (identity: Identity): boolean =>
  isPrivileged(identity) || identity.sid === SID.system || SERVICE.test(identity.sid);

/** Administrators and services share the machine's agent; everybody else has one of their own. */
export function defaults(env: NodeJS.ProcessEnv): Defaults {
  if (isOfMachine(ownIdentity()))
    return {
      home: join(env["ProgramData"] ?? "C:\\ProgramData", "Sotto"),
      ownSocket: SYSTEM_PIPE,
      systemSocket: SYSTEM_PIPE,
    };
  const { username, homedir } = userInfo();
  return {
    home: join(env["LOCALAPPDATA"] ?? join(homedir, "AppData", "Local"), "Sotto"),
    ownSocket: `${PIPES}sotto-${username.toLowerCase().replace(/[^a-z0-9_.-]/g, "_")}`,
    systemSocket: SYSTEM_PIPE,
  };
}

/** Pipes lie in no folder: that of a home has a name made of the home's path, however its letters are written. */
export function socketIn(home: string): string {
  const digest = createHash("sha256").update(home.toLowerCase()).digest("hex");
  return `${PIPES}sotto-${digest.slice(0, 16)}`;
}

export function ownUid(): undefined {
  return undefined;
}

/** Without taking an instance away from somebody who wants to talk. */
export const exists = (path: string): boolean =>
  waitNamedPipe(path, 1) !== 0 || getLastError() !== ERROR.fileNotFound;

/** Connects, and looks at who is there before a byte is sent. A pipe without a free instance is one that is full. */
export function openSocket(path: string): Opened {
  const pipe = connectTo(path);
  let objection: string | undefined;
  try {
    objection = pipeObjection(pipe);
  } catch (cause) {
    closeHandle(pipe);
    throw new SottoError("unreachable", { cause });
  }
  if (objection === undefined) return { fd: descriptorOf(pipe) };
  closeHandle(pipe);
  throw new SottoError("untrusted", { cause: new Error(`${path} ${objection}`) });
}

/** Where none is free, the pipe is closed. */
function descriptorOf(pipe: number): number {
  try {
    return descriptorFor(pipe);
  } catch (cause) {
    throw new SottoError("unreachable", { cause });
  }
}

/** As homes are judged: by owner and access list; the modes that Node makes up for Windows mean nothing. */
export const secretFileObjection = (fd: number): "owner" | "mode" | undefined => fileObjection(fd);

function connectTo(path: string): number {
  if (!path.toLowerCase().startsWith(PIPES)) throw SottoError.because("not-a-socket");
  try {
    return openPipe(path);
  } catch (cause) {
    throw reasonOf(cause as Error & { win32?: number });
  }
}

function reasonOf(cause: Error & { win32?: number }): SottoError {
  if (cause.win32 === ERROR.fileNotFound) return SottoError.because("absent", cause);
  if (cause.win32 === ERROR.accessDenied) return SottoError.because("forbidden", cause);
  const full = cause.win32 === ERROR.pipeBusy;
  return new SottoError("unreachable", { cause: full ? Object.assign(cause, { code: "EAGAIN" }) : cause });
}
