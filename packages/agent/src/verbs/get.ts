import type { Decision } from "../access/decide.ts";
import type { Wish } from "../access/permission.ts";
import { permission } from "../access/permission.ts";
import type { Rule } from "../access/rule.ts";
import type { Agent } from "../agent.ts";
import { AgentError } from "../errors.ts";
import type { Secret, Version } from "../vault/contents.ts";
import type { Answer, Call, Handler } from "./handler.ts";
import { tokenLabel } from "./tokens.ts";

type Get = Call<"get">;
/** Why it is given out. */
type Grounds = Pick<Answer<"get">, "rule" | "admin" | "note">;

/** The value of a secret, for whom a rule allows it, or for an administrator who says so. */
export const get: Handler<"get"> = (agent, call) => {
  const { fields, session } = call;
  if (fields.admin === true) return give(agent, newest(agent, call, "not-found"), { admin: true }); // proved: the gate has seen to it
  const wish = (): Wish => ({
    peer: session.peer,
    operation: "get",
    name: fields.name,
    token: tokenLabel(agent, call),
  });
  const present = { contents: () => agent.state.vault.contents, wish };
  return permission(agent.judges, present, (decision) => byRule(agent, call, decision));
};

/** The rule is used in the very turn in which it was found to allow the fetch. */
function byRule(agent: Agent, call: Get, decision: Decision): Answer<"get"> | Promise<Answer<"get">> {
  if (decision.kind === "rate-limited")
    throw new AgentError("rate-limited", { details: { retryAfterMs: decision.retryAfterMs } });
  if (decision.kind === "denied") throw new AgentError("denied");
  const { rule } = decision;
  const found = newest(agent, call, "denied");
  agent.judges.usage.use(rule, call.session.peer.uid);
  if (rule.once !== true) return give(agent, found, allowedBy(rule));
  return useUp(agent, rule).then(() => give(agent, newest(agent, call, "denied"), allowedBy(rule)));
}

/** A rule that an interpreter may meet is marked as such: who ran what in it, nobody knows. */
const allowedBy = (rule: Rule): Grounds => ({
  rule: rule.id,
  note: rule.interpreter === true ? "interpreter" : undefined,
});

/** A rule for one fetch is saved as used before anything is given out, so that it stays used whatever happens then. */
async function useUp(agent: Agent, rule: Rule): Promise<void> {
  try {
    const { durable } = await agent.state.vault.update((now) => {
      if (!now.rules.some(({ id, used }) => id === rule.id && used === undefined))
        throw new AgentError("denied");
      return {
        ...now,
        rules: now.rules.map((one) => (one.id === rule.id ? { ...one, used: Date.now() } : one)),
      };
    });
    agent.state.durable = durable;
  } finally {
    agent.judges.usage.settle(rule);
  }
}

interface Found {
  readonly secret: Secret;
  readonly version: Version;
}

/** Throws `otherwise` when there is no such secret. */
function newest(agent: Agent, { fields }: Get, otherwise: "denied" | "not-found"): Found {
  const secret = agent.state.vault.contents.secrets.get(fields.name);
  const version = secret?.versions.at(-1);
  if (secret === undefined || version === undefined) throw new AgentError(otherwise);
  return { secret, version };
}

const give = (agent: Agent, { secret, version }: Found, { rule, admin, note }: Grounds): Answer<"get"> => ({
  fields: { attributes: secret.attributes, version: version.number },
  payload: agent.state.vault.readValue(secret, version),
  rule,
  admin,
  note,
});
