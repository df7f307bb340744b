import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
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

async function idOf(database: Database, name: string): Promise<number> {
  const { kind, byId } = database;
  if (/^[+-]?\d+$/.test(name)) throw usage(`a ${kind} is named, not numbered`, `use ${byId} for a number`);
  const id = NAME.test(name) ? idIn(await lines(database, name), name) : undefined;
  if (id !== undefined) return id;
  throw usage(
    `there is no ${kind} of that name on this machine`,
    `getent ${database.name} lists them; ${byId} takes a number`,
  );
}

/** getent also knows the users that are not in the file (LDAP, systemd); not every small system has it. */
async function lines({ name: database, file }: Database, name: string): Promise<string> {
  try {
    return (await run("getent", [database, name], { timeout: LOOK_MS })).stdout;
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
