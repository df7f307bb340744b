import type { DescribedPeer, RequestOf } from "@sotto/client/protocol";
import { isUnitName, MAX_DESCRIPTION_BYTES, pack, printable } from "@sotto/client/protocol";
import type { Explanation } from "../access/permission.ts";
import { explanation } from "../access/permission.ts";
import { tokenHolds } from "../access/token-holds.ts";
import type { Agent } from "../agent.ts";
import { AgentError } from "../errors.ts";
import type { FileId, PeerHandle, Platform, ProcessFacts } from "../platform/index.ts";
import type { Handler } from "./handler.ts";
import { page } from "./page.ts";

type Question = RequestOf<"explain">;

/** Of whom the question is: a process, or the description of one. */
interface Subject {
  readonly peer: PeerHandle;
  /** The label of a token that is good for it. */
  readonly token?: string | undefined;
  readonly sha256?: string | undefined;
  /** It as the reply shows it, by what was found out. */
  readonly seen: (facts: Explanation["facts"]) => DescribedPeer;
}

/** How a request would be decided, and why: by the very function that decides. Nothing is given out or used up. */
export const explain: Handler<"explain"> = async (agent, { fields }) => {
  const { name, operation, at: time = Date.now(), after = "" } = fields;
  const { contents } = agent.state.vault;
  const { peer, token, sha256, seen } = subjectOf(agent, fields, time);
  try {
    const wish = { peer, operation, name, time, sha256, ...(token !== undefined && { token }) };
    const { decision, facts, verdicts } = await explanation(agent.judges, contents.rules, wish);
    const { items, more } = page(
      verdicts,
      ({ rule }) => rule > after,
      (verdict) => pack(verdict).length,
    );
    const exists = contents.secrets.has(name);
    return {
      fields: { decision: decision.kind, exists, peer: seen(facts), rules: items, more },
      admin: true,
    };
  } finally {
    peer.release();
  }
};

function subjectOf(agent: Agent, { pid, peer, operation }: Question, time: number): Subject {
  if (pid !== undefined && peer === undefined) return running(agent.platform, pid);
  if (peer === undefined || pid !== undefined) throw new AgentError("bad-request");
  if (pack(peer).length > MAX_DESCRIPTION_BYTES) throw new AgentError("bad-request"); // no reply could carry it back
  const token = operation === "get" ? goodToken(agent, peer, time) : undefined; // a set carries none
  return {
    peer: asHandle(agent.platform, peer),
    token,
    sha256: peer.sha256,
    seen: () => withoutUndefined({ ...peer, token }),
  };
}

const MAX_GROUPS = 1024;
const UNIT = new Set(["unit"] as const);

/** It is judged as if it connected now and sent no token. Throws `not-found`. */
function running(platform: Platform, pid: number): Subject {
  const peer = platform.processOf(pid);
  if (peer === undefined) throw new AgentError("not-found");
  const { uid, gid, groups, sid } = peer;
  const seen = ({ sha256 }: Explanation["facts"]): DescribedPeer => {
    const { unit } = peer.inspect(UNIT);
    const exe = printablePath(peer.describe().exe);
    return withoutUndefined({
      uid,
      gid,
      groups: groups.slice(0, MAX_GROUPS),
      sid,
      unit: unit !== undefined && isUnitName(unit) ? unit : undefined,
      exe,
      sha256,
    });
  };
  return { peer, seen };
}

const LONGEST_SHOWN = 256;

/** A path is any text: what could forge a line is replaced, and what is too long for a reply cut. */
const printablePath = (path: string | undefined): string | undefined =>
  path && printable(path.slice(0, LONGEST_SHOWN));

/** The token that the description names, where there is one and it is good for that uid at that time. */
function goodToken(agent: Agent, { uid, token }: DescribedPeer, time: number): string | undefined {
  const known = agent.state.vault.contents.tokens.find(({ label }) => label === token);
  return known !== undefined && tokenHolds(known, uid, time) ? token : undefined;
}

/** A peer that is only described, in the form in which one that is there would be judged. */
function asHandle(platform: Platform, described: DescribedPeer): PeerHandle {
  const { uid, gid, groups, sid, exe, ancestors, unit } = described;
  const facts: ProcessFacts = {
    unit,
    exe: exe === undefined ? undefined : platform.programAt(exe),
    ancestors: ancestors?.map((path) => platform.programAt(path)).filter(isKnown),
  };
  return {
    pid: 0,
    uid,
    gid,
    groups,
    ...(sid !== undefined && { sid }),
    isAlive: () => true,
    inspect: () => facts,
    describe: () => ({}),
    uidNow: () => undefined,
    openProgram: () => undefined,
    release: () => undefined,
  };
}

const isKnown = (program: FileId | undefined): program is FileId => program !== undefined;

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };

/** The same without the keys that have no value. */
function withoutUndefined<T extends object>(value: T): Defined<T> {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as Defined<T>;
}
