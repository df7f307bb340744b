import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { printableWord } from "./printable.ts";

const LOOK_MS = 2_000;
/** Other users than those of the file, in one process each: after so many, the number has to do. */
const MOST_LOOKS = 64;

/** Tells the names of users by their uid. Names are those of now; at the time of a record they may have been others. */
export interface UserNames {
  /** The name as the machine spells it; undefined where it knows none. */
  name(uid: number): string | undefined;
  /** Such as `batch (1001)`, or `uid 1001`; safe to print. */
  who(uid: number): string;
}

/** Reads the file of users once; asks getent, where there is one, for those that are not in it (LDAP, systemd). */
export function userNames(): UserNames {
  const known = new Map<number, string | undefined>(read().map(({ name, uid }) => [uid, name]));
  let looks = 0;
  const name = (uid: number): string | undefined => {
    if (!known.has(uid) && looks < MOST_LOOKS) {
      const found = look(uid);
      known.set(uid, found.name);
      looks = found.tooSlow ? MOST_LOOKS : looks + 1;
    }
    return known.get(uid);
  };
  return {
    name,
    who: (uid) => {
      const found = name(uid);
      return found === undefined ? `uid ${uid}` : `${printableWord(found)} (${uid})`;
    },
  };
}

interface User {
  readonly name: string;
  readonly uid: number;
}

function read(): User[] {
  try {
    return usersIn(readFileSync("/etc/passwd", "utf8"));
  } catch {
    return [];
  }
}

/** passwd(5): name, password, uid. The first line of an uid counts, as it does for getpwuid(3): the file is turned round. */
export function usersIn(text: string): User[] {
  return text
    .split("\n")
    .flatMap((line): User[] => {
      const [name = "", , uid = ""] = line.split(":");
      return name !== "" && /^\d{1,10}$/.test(uid) ? [{ name, uid: Number(uid) }] : [];
    })
    .reverse();
}

interface Found {
  readonly name: string | undefined;
  /** The database of users is somewhere that does not answer: no use to ask it again. */
  readonly tooSlow: boolean;
}

function look(uid: number): Found {
  try {
    const line = execFileSync("getent", ["passwd", String(uid)], {
      encoding: "utf8",
      timeout: LOOK_MS,
      stdio: ["ignore", "pipe", "ignore"],
    });
    return { name: usersIn(line).find((one) => one.uid === uid)?.name, tooSlow: false };
  } catch (error) {
    return { name: undefined, tooSlow: (error as NodeJS.ErrnoException).code === "ETIMEDOUT" };
  }
}
