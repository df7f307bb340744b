import type { AuditRecord } from "../audit/record.ts";
import type { UserNames } from "../audit/users.ts";

/** Who asks: a systemd service of its own, else a program of a user. */
export interface Job {
  readonly key: string;
  /** The unit, or the path of the program. */
  readonly title: string;
  /** The user, such as `batch (1001)`. */
  readonly user: string;
}

/** Units that run programs of many jobs, so that only the program tells those apart. */
const SHARED = /^(?:crond?|atd|sshd?(?:@.*)?|user@\d+|containerd|docker)\.service$|\.scope$/;
const LONGEST = 120;

/** The job that a record is about; undefined for what the agent did itself. */
export function jobOf({ uid, unit, exe }: AuditRecord, users: UserNames): Job | undefined {
  if (uid === undefined) return undefined;
  const own = unit !== undefined && !SHARED.test(unit) ? unit : undefined;
  const title = own ?? exe ?? "a program that is not known";
  return {
    key: `${uid} ${own === undefined ? "exe" : "unit"} ${title}`,
    title: shortened(title),
    user: users.who(uid),
  };
}

/** A long path keeps its end, which tells more. */
const shortened = (text: string): string => (text.length <= LONGEST ? text : `\u2026${text.slice(-LONGEST)}`);
