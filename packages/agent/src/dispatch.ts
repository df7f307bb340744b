import type { ErrorDetails, HeaderFields, Request, Verb } from "@sotto/client/protocol";
import { PROTOCOL_VERSION, ProtocolError } from "@sotto/client/protocol";
import type { Session } from "./access/session.ts";
import type { Agent } from "./agent.ts";
import type { AuditRecord } from "./audit/audit.ts";
import { AgentError } from "./errors.ts";
import type { Answer, Call, Handler, PayloadSource } from "./verbs/handler.ts";
import { HANDLERS } from "./verbs/index.ts";

/** A reply, ready to be written. */
export interface Reply {
  readonly header: HeaderFields;
  readonly payload?: PayloadSource | undefined;
}

/** What came with a request besides its fields. */
export type Input = Pick<Call<Verb>, "payload" | "value" | "gone" | "whenGone">;

/** Questions about the agent itself decide and change nothing: they are not audited. */
const UNAUDITED: ReadonlySet<Verb> = new Set<Verb>(["status", "wait"]);
/** Change nothing: it is enough that their record is written before their answer leaves. */
const READING: ReadonlySet<Verb> = new Set<Verb>(["get", "list"]);
/** Must work whatever happens to the audit. */
const UNSTOPPABLE: ReadonlySet<Verb> = new Set<Verb>(["lock", "stop"]);

/** Runs an admitted request: decision, then audit, then answer. Synchronous where its handler is. */
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

/** Puts the outcome of one request on record and turns it into its reply. */
class Settlement {
  readonly #agent: Agent;
  readonly #request: Request;
  readonly #session: Session;

  constructor(agent: Agent, request: Request, session: Session) {
    this.#agent = agent;
    this.#request = request;
    this.#session = session;
    if (!UNAUDITED.has(request.verb)) session.describe();
  }

  /**
   * Whether the outcome can be put on record. Asked before a handler runs, so that no change goes unrecorded.
   * An unlock also tells a failing audit to go on, as SIGHUP does.
   */
  get auditable(): boolean {
    const { verb } = this.#request;
    const { audit } = this.#agent;
    if (UNAUDITED.has(verb) || UNSTOPPABLE.has(verb)) return true;
    if (READING.has(verb) && audit.hopeful) return true;
    if (audit.ready()) return true;
    if (verb !== "unlock") return false;
    audit.reopen();
    return audit.ready();
  }

  allowed(answer: Answer<Verb>): Reply | Promise<Reply> {
    const { rule, admin, note, payload } = answer;
    if (!this.#record({ result: "allowed", rule, admin, note })) {
      payload?.close?.();
      return this.#error("audit-failed");
    }
    if (!UNAUDITED.has(this.#request.verb)) this.#agent.state.used();
    if ("durable" in answer.fields) this.#agent.state.durable = answer.fields.durable;
    const header = { id: this.#request.id, ok: true, ...(answer.fields as HeaderFields) };
    return this.#onceOnDisk({ header, payload });
  }

  refused(error: unknown): Reply | Promise<Reply> {
    return this.#onceOnDisk(this.refusedAtOnce(error));
  }

  refusedAtOnce(error: unknown): Reply {
    const failure = this.#asFailure(error);
    if (!this.#record({ result: failure.code })) return this.#error("audit-failed");
    return this.#error(
      failure.code,
      this.#session.administrator ? failure.details : { retryAfterMs: failure.details.retryAfterMs },
    );
  }

  #record({ result, rule, admin, note }: Pick<AuditRecord, "result" | "rule" | "admin" | "note">): boolean {
    const { verb, fields } = this.#request;
    if (UNAUDITED.has(verb)) return true;
    const written = this.#agent.audit.write({
      peer: this.#session.auditPeer,
      verb,
      result,
      name: subjectOf(fields),
      rule,
      admin,
      note: note ?? this.#session.note,
    });
    return written || UNSTOPPABLE.has(verb);
  }

  /** Where the audit has to be on the disk first, the reply waits; for lock and stop nothing waits. */
  #onceOnDisk(reply: Reply): Reply | Promise<Reply> {
    const { verb } = this.#request;
    if (UNAUDITED.has(verb)) return reply;
    const synced = this.#agent.audit.synced();
    if (synced === undefined || UNSTOPPABLE.has(verb)) return reply;
    return synced.then((onDisk) => {
      if (onDisk) return reply;
      reply.payload?.close?.();
      return this.#error("audit-failed");
    });
  }

  /** Nobody but administrators may learn that something does not exist. */
  #asFailure(error: unknown): AgentError {
    const failure = asAgentError(error);
    if (failure.code === "internal")
      this.#agent.log.error({ err: error, verb: this.#request.verb }, "request failed");
    else if (failure.cause !== undefined)
      this.#agent.log.warn({ err: failure, verb: this.#request.verb }, "request refused");
    return failure.code === "not-found" && !this.#session.administrator ? new AgentError("denied") : failure;
  }

  #error(code: AgentError["code"], details: ErrorDetails = {}): Reply {
    return { header: { id: this.#request.id, ok: false, error: code, ...details } };
  }
}

function asAgentError(error: unknown): AgentError {
  if (error instanceof AgentError) return error;
  if (error instanceof ProtocolError) return new AgentError(error.code);
  return new AgentError("internal", { cause: error });
}

/** The secret or selector that a request is about. Both are checked to be safe to print when they are decoded. */
function subjectOf(fields: Request["fields"]): string | undefined {
  if ("name" in fields) return fields.name;
  return "selector" in fields ? fields.selector : undefined;
}
