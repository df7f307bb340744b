import { fstatSync, lstatSync, readFileSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { checkTrust } from "../trust.ts";
import { errnoOf } from "../errno.ts";
import type { Defaults, Opened } from "./index.ts";

/** The system user that a machine's agent may run as. */
export const AGENT_USER = "sotto";
export const SYSTEM_SOCKET = "/run/sotto/agent.sock";

export function defaults(env: NodeJS.ProcessEnv, uid = ownUid()): Defaults {
  if (uid === 0) return { home: "/var/lib/sotto", ownSocket: SYSTEM_SOCKET, systemSocket: SYSTEM_SOCKET };
  const data = absolute(env["XDG_DATA_HOME"]) ?? join(absolute(env["HOME"]) ?? "/", ".local/share");
  // A job of cron has no XDG_RUNTIME_DIR, and must find the agent that its user started in a login session.
  const runtime = absolute(env["XDG_RUNTIME_DIR"]) ?? `/run/user/${uid}`;
  return {
    home: join(data, "sotto"),
    ownSocket: join(runtime, "sotto/agent.sock"),
    systemSocket: SYSTEM_SOCKET,
  };
}

/** A relative path in these variables is invalid and is to be ignored (XDG Base Directory Specification). */
const absolute = (path: string | undefined): string | undefined =>
  path !== undefined && isAbsolute(path) ? path : undefined;

/** The effective uid: the one that the agent sees. */
export function ownUid(): number {
  return process.geteuid?.() ?? -1;
}

export const socketIn = (home: string): string => join(home, "agent.sock");

export function exists(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    return errnoOf(error) !== "ENOTDIR";
  }
}

export function openSocket(path: string): Opened {
  checkTrust(path, isTrustedOwner);
  return { path };
}

const OTHERS_OR_EXECUTE = 0o7177;

/** Of mode 0400 or 0600, and root's or ours: else somebody else could have read or placed it. */
export function secretFileObjection(fd: number): "owner" | "mode" | undefined {
  const { uid, mode } = fstatSync(fd);
  if (uid !== 0 && uid !== ownUid()) return "owner";
  return (mode & OTHERS_OR_EXECUTE) !== 0 ? "mode" : undefined;
}

/** Root, ourselves, or the agent's user; the user database is read only where the first two do not decide. */
function isTrustedOwner(uid: number): boolean {
  return uid === 0 || uid === ownUid() || uid === agentUserId(readUsers());
}

function readUsers(): string {
  try {
    return readFileSync("/etc/passwd", "utf8");
  } catch {
    return "";
  }
}

/** The uid of the agent's system user in the text of /etc/passwd; undefined when there is none. */
export function agentUserId(passwd: string): number | undefined {
  const line = passwd.split("\n").find((one) => one.startsWith(`${AGENT_USER}:`));
  const uid = line?.split(":")[2] ?? "";
  return /^\d{1,10}$/.test(uid) ? Number(uid) : undefined;
}
