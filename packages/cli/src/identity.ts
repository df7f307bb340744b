import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import { MAX_UNIX_ID } from "@sotto/client/protocol";
import { usage } from "./failure/failure.ts";

const run = promisify(execFile);
const LOOK_MS = 10_000;
const NOT_FOUND = 2;
/** No leading dash (it would be an option of getent), nothing that a database of users cannot hold. */
const NAME = /^[^\s:,-][^\s:,]{0,255}$/;

interface Database {
  readonly name: "passwd" | "group";
  readonly file: string;
  readonly kind: string;
  readonly byId: string;
}
const USERS: Database = { name: "passwd", file: "/etc/passwd", kind: "user", byId: "--uid" };
const GROUPS: Database = { name: "group", file: "/etc/group", kind: "group", byId: "--gid" };

/** The uid of a user, wherever this machine keeps its users. A number is not a name. */
export const userId = (name: string): Promise<number> => idOf(USERS, name);

/** The gid of a group. */
export const groupId = (name: string): Promise<number> => idOf(GROUPS, name);

/** The uid of a user by name, or by number as chown(1) takes it. */
export const userOrUid = (text: string): Promise<number> => numberOr(USERS, text);

/** The gid of a group by name, or by number. */
export const groupOrGid = (text: string): Promise<number> => numberOr(GROUPS, text);

/** The uid of a user; undefined where this machine knows none of that name. */
export const findUserId = (name: string): Promise<number | undefined> => find(USERS, name);

/** The gid of a group; undefined where there is none. */
export const findGroupId = (name: string): Promise<number | undefined> => find(GROUPS, name);

/** The user that has this uid; undefined where nobody has. */
export const findUserName = (uid: number): Promise<string | undefined> => nameOf(USERS, uid);

/** The group that has this gid; undefined where none has. */
export const findGroupName = (gid: number): Promise<string | undefined> => nameOf(GROUPS, gid);

async function idOf(database: Database, name: string): Promise<number> {
  const { kind, byId } = database;
  if (/^[+-]?\d+$/.test(name)) throw usage(`a ${kind} is named, not numbered`, `use ${byId} for a number`);
  return named(database, name, `${byId} takes a number`);
}

async function numberOr(database: Database, text: string): Promise<number> {
  if (/^\d{1,10}$/.test(text) && Number(text) <= MAX_UNIX_ID) return Number(text);
  return named(database, text, "a number is taken too");
}

async function named(database: Database, name: string, numbered: string): Promise<number> {
  const id = await find(database, name);
  if (id !== undefined) return id;
  throw usage(
    `there is no ${database.kind} of that name on this machine`,
    `getent ${database.name} lists them; ${numbered}`,
  );
}

const find = async (database: Database, name: string): Promise<number | undefined> =>
  NAME.test(name) ? idIn(await lines(database, name), name) : undefined;

async function nameOf(database: Database, id: number): Promise<string | undefined> {
  const text = await lines(database, String(id));
  return text
    .split("\n")
    .find((line) => line.split(":")[2] === String(id))
    ?.split(":")[0];
}

/** getent also knows the users that are not in the file (LDAP, systemd); not every small system has it. */
async function lines({ name: database, file }: Database, key: string): Promise<string> {
  try {
    return (await run("getent", [database, key], { timeout: LOOK_MS })).stdout;
  } catch (error) {
    if ((error as { code?: unknown }).code === NOT_FOUND) return "";
    return readFileSync(file, "utf8");
  }
}

/** The id in the line of that very name; getent finds some names by other spellings too. */
export function idIn(text: string, name: string): number | undefined {
  const line = text.split("\n").find((one) => one.startsWith(`${name}:`));
  const id = line?.split(":")[2] ?? "";
  return /^\d{1,10}$/.test(id) ? Number(id) : undefined;
}

/** Groups in the form in which the kernel holds those of a process. */
export interface Groups {
  readonly gid: number;
  readonly groups: readonly number[];
}

/** The groups that a process of this user gets when it is started for it: by the user database, see id(1). */
export async function loginGroups(user: string): Promise<Groups> {
  const ask = async (option: "-g" | "-G"): Promise<number[]> => {
    const { stdout } = await run("id", [option, "--", user], { timeout: LOOK_MS });
    return stdout.trim().split(/\s+/).map(Number);
  };
  const [gid = NaN] = await ask("-g");
  return { gid, groups: await ask("-G") };
}
