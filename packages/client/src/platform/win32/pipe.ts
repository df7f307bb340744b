import type { Handle } from "./api.ts";
import * as api from "./api.ts";
import { SID } from "./descriptor.ts";
import { holdProcess } from "./process.ts";
import { descriptorOf } from "./security.ts";
import { identityOfProcess, ownIdentity } from "./token.ts";

/** READ_DATA, WRITE_DATA, READ_ATTRIBUTES, WRITE_ATTRIBUTES, READ_CONTROL, SYNCHRONIZE; not to make instances of the pipe. */
export const CLIENT_ACCESS = 0x1 | 0x2 | 0x80 | 0x100 | 0x20000 | 0x100000;
const OPEN_EXISTING = 3;
const OVERLAPPED = 0x40000000;
/** SECURITY_SQOS_PRESENT and SECURITY_IDENTIFICATION: the server may learn who we are, and never act as us. */
const IDENTIFY_ONLY = 0x100000 | 0x10000;

/** The handle of a connected pipe. Does not wait for a free instance. Throws an error with `win32`. */
export function openPipe(path: string): Handle {
  const handle = api.createFile(path, CLIENT_ACCESS, 0, null, OPEN_EXISTING, OVERLAPPED | IDENTIFY_ONLY, 0);
  if (handle === -1) throw api.lastError("CreateFile");
  return handle;
}

/**
 * Why a connected pipe may not be an agent's; undefined when it can be nobody else's. The pipe must belong to the system,
 * to Administrators or to ourselves, which only they can bring about, and so must the process that serves it, where it may
 * be looked at: a user's program may not look at a service's.
 */
export function pipeObjection(pipe: Handle): string | undefined {
  const { owner } = descriptorOf(pipe);
  if (owner === undefined || !isTrusted(owner)) return `belongs to ${owner ?? "nobody"}`;
  const server = serverSid(pipe);
  return server === undefined || isTrusted(server) ? undefined : `is served by ${server}`;
}

const isTrusted = (sid: string): boolean =>
  sid === SID.system || sid === SID.administrators || sid === ownIdentity().sid;

function serverSid(pipe: Handle): string | undefined {
  const pid: api.Out<number> = [0];
  if (api.getNamedPipeServerProcessId(pipe, pid) === 0) throw api.lastError("GetNamedPipeServerProcessId");
  let process: Handle | undefined;
  try {
    process = holdProcess(pid[0]);
    return identityOfProcess(process).sid;
  } catch (error) {
    if ((error as { win32?: number }).win32 === api.ERROR.accessDenied) return undefined;
    throw error;
  } finally {
    if (process !== undefined) api.closeHandle(process);
  }
}

/** A descriptor for Node's sockets, which owns the handle from then on. Closes the handle when there is none to be had. */
export function descriptorFor(handle: Handle): number {
  const fd = api.uvOpenOsfhandle(handle);
  if (fd >= 0) return fd;
  api.closeHandle(handle);
  throw new Error("no descriptor is free");
}
