import { randomBytes } from "node:crypto";
import type { RequestOf, RuleReason } from "@sotto/client/protocol";
import { MAX_RULE_BYTES, pack } from "@sotto/client/protocol";
import type { Rule } from "../access/rule.ts";
import { isForSomebody } from "../access/rule.ts";
import { isKnownZone } from "../access/window.ts";
import type { Agent } from "../agent.ts";
import { AgentError } from "../errors.ts";
import type { Platform } from "../platform/index.ts";
import type { Handler } from "./handler.ts";

/** Makes a rule. What would match nobody, permit nothing, or cannot be enforced here is refused rather than kept. */
export const grant: Handler<"grant"> = async (agent, { fields }) => {
  const reason = objection(agent, fields);
  if (reason !== undefined) throw new AgentError("bad-request", { details: { reason } });
  const rule: Rule = {
    id: randomBytes(8).toString("hex"),
    created: Date.now(),
    ...fields,
    may: [...new Set(fields.may)],
  };
  const { durable } = await agent.state.vault.update((now) => ({ ...now, rules: [...now.rules, rule] }));
  const note = fields.interpreter === true ? "interpreter" : undefined;
  return {
    fields: { rule: rule.id, durable },
    rule: rule.id,
    admin: true,
    ...(note !== undefined && { note }),
  };
};

type Grant = RequestOf<"grant">;

/** What is wrong with a rule; undefined when nothing is. */
function objection({ platform, state }: Agent, grant: Grant): RuleReason | undefined {
  const allowInterpreter = grant.interpreter === true;
  const isKnown = (label: string): boolean => state.vault.contents.tokens.some((one) => one.label === label);
  const programs = [...(grant.exes ?? []), ...(grant.ancestors ?? [])];
  return (
    objectionToForm(grant) ??
    (isForeign(platform, grant) ? "rule-foreign" : undefined) ??
    (grant.tokens?.every((label) => isKnown(label)) === false ? "token-unknown" : undefined) ??
    (grant.windows?.every(isKnownZone) === false ? "zone-unknown" : undefined) ??
    first(programs, (path) => platform.judgeProgram(path, { allowInterpreter }))
  );
}

/** What names accounts, units or ancestors as another system has them could never hold here. */
function isForeign(platform: Platform, grant: Grant): boolean {
  const { uids, users, gids, groups, units, ancestors, sids } = grant;
  const foreign = platform.sidOf === undefined ? [sids] : [uids, users, gids, groups, units, ancestors];
  return foreign.some((kind) => kind !== undefined);
}

function objectionToForm(grant: Grant): RuleReason | undefined {
  if (!isForSomebody(grant)) return "rule-nobody";
  if (pack(grant).length > MAX_RULE_BYTES) return "rule-too-long";
  if (grant.expires !== undefined && grant.expires <= Date.now()) return "rule-expired";
  return grant.may.includes("set") ? objectionToSet(grant) : undefined;
}

/** The payload of `set` is the value, so it cannot carry a token; and what is counted is what is given out. */
function objectionToSet({ tokens, once, rate }: Grant): RuleReason | undefined {
  if (tokens) return "token-set";
  if (once === true) return "once-set";
  return rate ? "rate-set" : undefined;
}

function first<T>(items: readonly T[], judge: (item: T) => RuleReason | undefined): RuleReason | undefined {
  for (const item of items) {
    const reason = judge(item);
    if (reason !== undefined) return reason;
  }
  return undefined;
}
