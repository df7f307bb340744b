import { realpathSync } from "node:fs";
import type { DescribedPeer } from "@sotto/client/protocol";
import { usage } from "../failure/failure.ts";
import type { Groups } from "../identity.ts";
import { findUserName, groupId, loginGroups, userId } from "../identity.ts";

export interface PeerOptions {
  readonly pid?: number;
  readonly user?: string;
  readonly uid?: number;
  readonly group?: readonly string[];
  readonly gid?: readonly number[];
  readonly unit?: string;
  readonly token?: string;
  readonly exe?: string;
  readonly sha256?: string;
  readonly ancestor?: readonly string[];
}

/** Of whom a question is, and what was assumed for it. */
export type Asked =
  | { readonly pid: number; readonly notes: readonly string[] }
  | { readonly peer: DescribedPeer; readonly notes: readonly string[] };

/** What stands for "in no group": no rule can name it. */
const NO_GID = 0xffff_ffff;

/** Reads off the options which process or which kind of process is meant. Fails where that is not clear. */
export async function askedPeer(options: PeerOptions): Promise<Asked> {
  const { pid, user, uid } = options;
  const given = [pid, user, uid].filter((one) => one !== undefined).length;
  if (given === 0)
    throw usage("whom is it about?", "say --pid for a running process, or describe one with --user or --uid");
  if (given > 1) throw usage("--pid, --user and --uid each say whom it is about", "give one of them");
  if (pid === undefined) return describedPeer(options);
  const { group, gid, unit, token, exe, sha256, ancestor } = options;
  if ([group, gid, unit, token, exe, sha256, ancestor].some((one) => one !== undefined))
    throw usage(
      "--pid says it all: the agent looks at the process",
      "leave out the description, or leave out --pid",
    );
  return { pid, notes: [] };
}

async function describedPeer(options: PeerOptions): Promise<Asked> {
  const { user, uid = await userId(user ?? ""), unit, token, sha256 } = options;
  const { note: groupsNote, ...groups } = await groupsOf(options, uid);
  const programs = [options.exe, ...(options.ancestor ?? [])].filter((one) => one !== undefined);
  const peer = {
    uid,
    ...groups,
    unit,
    token,
    exe: options.exe && realPath(options.exe),
    sha256,
    ancestors: options.ancestor?.map(realPath),
  };
  const links = programs.filter((path) => realPath(path) !== path);
  const notes = links.map((path) => `${path} is a symbolic link: what runs is ${realPath(path)}`);
  return { peer, notes: [...groupsNote, ...notes] };
}

/** Those that were named; else, for a user that there is, those of the user database. */
async function groupsOf(options: PeerOptions, uid: number): Promise<Groups & { note: readonly string[] }> {
  const { group = [], gid = [] } = options;
  const named = [...gid, ...(await Promise.all(group.map(groupId)))];
  const [first] = named;
  if (first !== undefined) return { gid: first, groups: named, note: [] };
  const user = options.user ?? (await findUserName(uid));
  if (user === undefined)
    return { gid: NO_GID, groups: [], note: [`uid ${uid} has no user here: taken as in no group`] };
  const note = `the groups of user ${user} are those of the user database; a process may have others`;
  return { ...(await loginGroups(user)), note: [note] };
}

/** A process runs a file, never a link to it. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path; // the agent may see what we do not
  }
}
