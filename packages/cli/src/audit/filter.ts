import { isSelector, parseDuration, selectorPrefix } from "@sotto/client/protocol";
import { usage } from "../failure/failure.ts";
import type { Parser } from "../parse/option-values.ts";
import { parseTime } from "../parse/time.ts";
import type { AuditRecord } from "./record.ts";

/** Which records to show; all of what is given must hold. */
export interface Filter {
  /** Milliseconds since 1970. */
  readonly since?: number;
  /** The name of one secret, or `prefix/**`. */
  readonly name?: string;
  /** Only what was not allowed. */
  readonly denied?: boolean;
  readonly uid?: number;
  readonly verb?: string;
}

/** True for a record that the filter lets through. */
export function matches(filter: Filter, record: AuditRecord): boolean {
  const { since, name, denied, uid, verb } = filter;
  if (since !== undefined && record.time < since) return false;
  if (denied === true && record.result === "allowed") return false;
  if (uid !== undefined && record.uid !== uid) return false;
  if (verb !== undefined && record.verb !== verb) return false;
  return name === undefined || concerns(name, record.name);
}

function concerns(wanted: string, name: string | undefined): boolean {
  const prefix = selectorPrefix(wanted);
  return name === wanted || (prefix !== undefined && name?.startsWith(`${prefix}/`) === true);
}

/** A moment in milliseconds since 1970: so long ago, or at a time. */
export const since: Parser = (text, option) => {
  const ago = parseDuration(text);
  if (ago !== undefined) return Date.now() - ago;
  const time = parseTime(text);
  if (time !== undefined) return time;
  throw usage(
    `${option} takes a duration, or a time with its offset`,
    "such as 8h or 2d, or 2026-03-01T07:30:00+01:00",
  );
};

/** The name of a secret, or `prefix/**`. */
export const selector: Parser = (text, option) => {
  if (isSelector(text)) return text;
  throw usage(`${option} takes the name of a secret, or PREFIX/** for everything below a prefix`);
};

/** A word of the audit such as `get` or `slot-add`. */
export const verb: Parser = (text, option) => {
  if (/^[a-z-]{1,32}$/.test(text)) return text;
  throw usage(`${option} takes a verb`, "such as get, set, grant or unlock");
};
