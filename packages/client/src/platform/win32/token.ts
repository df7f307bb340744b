import type { Handle } from "./api.ts";
import * as api from "./api.ts";
import { SID, sidText } from "./descriptor.ts";

const TOKEN_QUERY = 8;
/** Members of TOKEN_INFORMATION_CLASS. */
const CLASS = { user: 1, groups: 2, statistics: 10, sessionId: 12 } as const;
const ENTRY_BYTES = 16;
/** SE_GROUP_ENABLED without SE_GROUP_USE_FOR_DENY_ONLY. */
const ENABLED = 0x4;
const DENY_ONLY = 0x10;
const LONGEST_SID = 68;

/** Who a process or a thread acts as. */
export interface Identity {
  readonly sid: string;
  /** SIDs of the groups that count for it: not those that only deny. */
  readonly groups: readonly string[];
  /** The session of the desktop, 0 for services. */
  readonly session: number;
  /** Names the logon that it belongs to, until the machine starts anew. */
  readonly logon: string;
}

/** Reads a token and closes it. */
function identityOf(token: Handle): Identity {
  try {
    const statistics = read(token, CLASS.statistics);
    return {
      sid: sidAt(read(token, CLASS.user).readBigUInt64LE(0)),
      groups: groupsOf(read(token, CLASS.groups)),
      session: read(token, CLASS.sessionId).readUInt32LE(0),
      logon: statistics.readBigUInt64LE(8).toString(16),
    };
  } finally {
    api.closeHandle(token);
  }
}

function read(token: Handle, kind: number): Buffer {
  const needed: api.Out<number> = [0];
  api.getTokenInformation(token, kind, null, 0, needed);
  const room = Buffer.alloc(Math.max(needed[0], LONGEST_SID));
  if (api.getTokenInformation(token, kind, room, room.length, needed) === 0)
    throw api.lastError("GetTokenInformation");
  return room;
}

/** The pointer leads into a buffer that is still there. */
function sidAt(address: bigint): string {
  const count = api.bytesAt(address, 2).readUInt8(1);
  return sidText(api.bytesAt(address, 8 + 4 * count));
}

function groupsOf(room: Buffer): string[] {
  const count = room.readUInt32LE(0);
  const groups: string[] = [];
  for (let i = 0; i < count; i++) {
    const at = 8 + i * ENTRY_BYTES;
    const attributes = room.readUInt32LE(at + 8);
    if ((attributes & ENABLED) !== 0 && (attributes & DENY_ONLY) === 0)
      groups.push(sidAt(room.readBigUInt64LE(at)));
  }
  return groups;
}

/** Of an open process. Throws where its token may not be looked at. */
export function identityOfProcess(process: Handle): Identity {
  const token: api.Out<number> = [0];
  if (api.openProcessToken(process, TOKEN_QUERY, token) === 0) throw api.lastError("OpenProcessToken");
  return identityOf(token[0]);
}

let own: Identity | undefined;

/** Of this process. */
export const ownIdentity = (): Identity => (own ??= identityOfProcess(api.getCurrentProcess()));

/**
 * Of whoever wrote what was read last from the pipe. One synchronous run: nothing else happens under the borrowed
 * identity, and a process that could not give it back must not go on.
 */
export function identityOfPipeClient(pipe: Handle): Identity {
  if (api.impersonateNamedPipeClient(pipe) === 0) throw api.lastError("ImpersonateNamedPipeClient");
  const token: api.Out<number> = [0];
  let failed = 0;
  try {
    const asSelf = 1; // what is borrowed may only identify, not act
    if (api.openThreadToken(api.getCurrentThread(), TOKEN_QUERY, asSelf, token) === 0)
      failed = api.getLastError();
  } finally {
    if (api.revertToSelf() === 0) process.abort();
  }
  if (token[0] === 0) throw api.lastError("OpenThreadToken", failed);
  return identityOf(token[0]);
}

/** The system, or a member of Administrators whose membership is switched on (an elevated process). */
export const isPrivileged = ({ sid, groups }: Identity): boolean =>
  sid === SID.system || groups.includes(SID.administrators);

/** The SID of a user or group, `NAME` or `DOMAIN\NAME`; undefined where this machine knows none of that name. */
export function sidOfAccount(name: string): string | undefined {
  const sid = Buffer.alloc(LONGEST_SID);
  const domain = Buffer.alloc(1024);
  const found = api.lookupAccountName(null, name, sid, [sid.length], domain, [domain.length / 2], [0]);
  return found === 0 ? undefined : sidText(sid);
}
