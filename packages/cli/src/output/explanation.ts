import type { Condition, DecisionKind, DescribedPeer, RuleInfo, RuleVerdict } from "@sotto/client/protocol";
import { isNobody, parseWindow } from "@sotto/client/protocol";
import { rateText, wanted } from "./conditions.ts";
import { rfc3339 } from "./time.ts";

/** What a rule was held against. */
export interface Judged {
  /** As the agent saw it. */
  readonly peer: DescribedPeer;
  /** A running process; else one that was described. */
  readonly live: boolean;
  /** The label that was given for a described one, whether it is good or not. */
  readonly token?: string | undefined;
  /** Milliseconds since 1970. */
  readonly time: number;
}

/** The decision in one line, before the rules that led to it. `missing`: there is no such secret to fetch. */
export function decisionText(
  decision: DecisionKind,
  verdicts: readonly RuleVerdict[],
  { missing, uid }: { readonly missing: boolean; readonly uid: number },
): string {
  if (isNobody(uid)) return `denied: uid ${uid} is refused as it connects, whatever the rules say`;
  if (decision === "denied")
    return `denied: ${deniedText(verdicts)}${missing ? "; and there is no such secret" : ""}`;
  if (missing) return "denied: there is no such secret; with one the rules would let it pass";
  if (decision === "allowed") return `allowed by ${rulesText(verdicts, null)}`;
  return `rate limited: ${rulesText(verdicts, "rate")} would allow it, but not so soon again`;
}

function deniedText({ length }: readonly RuleVerdict[]): string {
  if (length === 0) return "no rule names it";
  return length === 1 ? "1 rule names it, and does not allow it" : `${length} rules name it, none allows it`;
}

/** The rules that fail by this condition, or by none. */
function rulesText(verdicts: readonly RuleVerdict[], failed: Condition | null): string {
  const ids = verdicts.filter((verdict) => verdict.failed === failed).map(({ rule }) => rule);
  return `${ids.length === 1 ? "rule" : "rules"} ${ids.join(" and ")}`;
}

/** The first condition of a rule that fails: what the rule wants, and what the peer has. */
export function verdictText({ failed }: RuleVerdict, rule: RuleInfo | undefined, judged: Judged): string {
  if (failed === null) return "allows it";
  if (isNobody(judged.peer.uid)) return `never for uid ${judged.peer.uid}`;
  const wants = rule && wanted[failed](rule);
  if (rule === undefined || wants === undefined) return `${failed} does not hold`; // changed since it was judged
  return PHRASES[failed](wants, judged, rule);
}

type Phrase = (wants: string, judged: Judged, rule: RuleInfo) => string;

const PHRASES: { readonly [C in Condition]: Phrase } = {
  operation: (wants) => `it permits ${wants} only`,
  uid: (wants, { peer }) => `uid is not ${wants} (it is ${peer.uid})`,
  user: (wants, { peer }) => `user is not ${wants} (the uid is ${peer.uid})`,
  gid: (wants, { peer }) => `it is not in gid ${wants} (${groupsText(peer)})`,
  group: (wants, { peer }) => `it is not in group ${wants} (${groupsText(peer)})`,
  sid: (wants, { peer }) =>
    `it is not ${wants} (${peer.sid === undefined ? "it has no SID" : `it is ${peer.sid}`})`,
  token: (wants, judged) => `token is not ${wants} (${tokenText(judged)})`,
  once: (_wants, _judged, { used }) =>
    `it was for one fetch, ${used === undefined ? "which is being made this moment" : `and was used up ${rfc3339(used)}`}`,
  expires: (wants) => `it expired ${wants}`,
  window: (wants, { time }, { windows }) =>
    `the time is not within ${wants} (it is ${timesText(time, windows)})`,
  unit: (wants, { peer, live }) => `unit is not ${wants} (${unitText(peer, live)})`,
  exe: exePhrase,
  sha256: (wants, { peer }) =>
    `sha256 of the program is not ${wants} (${peer.sha256 === undefined ? "it is not known" : `it is ${peer.sha256}`})`,
  ancestor: (wants, { peer, live }) => `it was not started below ${wants}${ancestorsText(peer, live)}`,
  rate: (_wants, { peer }, { rate }) =>
    `its rate is used up for ${peer.sid ?? `uid ${peer.uid}`}${rate === undefined ? "" : ` (${rateText(rate)})`}`,
};

const groupsText = ({ gid, groups }: DescribedPeer): string => {
  const all = [...new Set([...(gid === 0xffff_ffff ? [] : [gid]), ...groups])];
  return all.length === 0 ? "it is in none that is known" : `it is in ${all.join(", ")}`;
};

function tokenText({ live, token, peer }: Judged): string {
  if (live) return "a process is judged as if it sent none";
  if (token === undefined) return "none was given";
  return peer.token === undefined
    ? `${token} does not exist, or is not good for uid ${peer.uid} at that time`
    : `it is ${peer.token}`;
}

function unitText({ unit }: DescribedPeer, live: boolean): string {
  if (unit !== undefined) return live ? `the process is in ${unit}` : `it is ${unit}`;
  return live ? "the process is in no system unit" : "none was given";
}

/** A path may read the same and be another file: in another mount namespace, replaced, or not to be trusted. */
function exePhrase(wants: string, { peer, live }: Judged, { exes = [] }: RuleInfo): string {
  if (peer.exe === undefined)
    return `program is not ${wants} (${live ? "the agent cannot tell which one it runs" : "none was given"})`;
  if (!exes.includes(peer.exe)) return `program is not ${wants} (it is ${peer.exe})`;
  return `program is not ${wants} as the rule means it (the path is the same, but the file is another, is gone, or may be changed by others than root)`;
}

function ancestorsText({ ancestors = [] }: DescribedPeer, live: boolean): string {
  if (live) return "";
  return ancestors.length === 0 ? " (no ancestors were given)" : ` (but ${ancestors.join(", ")})`;
}

/** The time in each of the time zones that the windows are of. */
function timesText(time: number, windows: readonly string[] = []): string {
  const zones = new Set(windows.map((window) => parseWindow(window)?.zone ?? "UTC"));
  return [...zones].map((zone) => `${timeIn(zone, time)} ${zone}`).join(", ");
}

function timeIn(timeZone: string, time: number): string {
  try {
    return new Intl.DateTimeFormat("en-GB", {
      timeZone,
      weekday: "short",
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
    }).format(time);
  } catch {
    return rfc3339(time); // this machine's node does not know the zone
  }
}
