import type { ProtocolError, Request, Verb } from "@sotto/client/protocol";
import { PROTOCOL_VERSION } from "@sotto/client/protocol";
import type { Session } from "./access/session.ts";
import type { Agent } from "./agent.ts";
import { AgentError } from "./errors.ts";
import { type Reply, Settlement } from "./settlement.ts";
import type { Answer, Call, Handler } from "./verbs/handler.ts";
import { HANDLERS } from "./verbs/index.ts";

export type { Reply } from "./settlement.ts";

/** What came with a request besides its fields. */
export type Input = Pick<Call<Verb>, "payload" | "value" | "gone" | "whenGone">;

/** Runs an admitted request: decision, then audit, then answer. A promise only where something is waited for. */
export function dispatch(
  agent: Agent,
  request: Request,
  session: Session,
  input: Input,
): Reply | Promise<Reply> {
  const settle = new Settlement(agent, request, session);
  try {
    if (!settle.auditable) return settle.refused(new AgentError("audit-failed"));
    const handler = HANDLERS[request.verb] as Handler<Verb>;
    const { payload, value, gone, whenGone } = input;
    const answer = handler(agent, { fields: request.fields, session, payload, value, gone, whenGone });
    return answer instanceof Promise ? settled(settle, answer) : settle.allowed(answer);
  } catch (error) {
    return settle.refused(error);
  }
}

const settled = (settlement: Settlement, answer: Promise<Answer<Verb>>): Promise<Reply> =>
  answer.then(
    (given) => settlement.allowed(given),
    (error: unknown) => settlement.refused(error),
  );

/**
 * The reply to a request that the gate did not let through. It gives nothing out, and so does not wait for the disk
 * where the audit is told to wait: its line goes there with the next ones.
 */
export function refuse(agent: Agent, request: Request, session: Session, error: unknown): Reply {
  return new Settlement(agent, request, session).refusedAtOnce(error);
}

/** The reply to what could not be decoded: `id` is null where there was none to read. */
export function malformed(id: number | null, error: ProtocolError): Reply {
  const versionMatters = error.code === "bad-request" || error.code === "unsupported-version";
  return {
    header: { id, ok: false, error: error.code, ...(versionMatters && { supported: [PROTOCOL_VERSION] }) },
  };
}
