import type { ErrorDetails, HeaderFields, Request, Verb } from "@sotto/client/protocol";
import { ProtocolError } from "@sotto/client/protocol";
import type { Session } from "./access/session.ts";
import type { Agent } from "./agent.ts";
import type { AuditRecord } from "./audit/audit.ts";
import { AgentError } from "./errors.ts";
import type { Answer, PayloadSource } from "./verbs/handler.ts";

/** A reply, ready to be written. */
export interface Reply {
  readonly header: HeaderFields;
  readonly payload?: PayloadSource | undefined;
}

/** What the audit says of how a request ended. */
type Outcome = Pick<AuditRecord, "result" | "rule" | "admin" | "note">;

/** Questions about the agent itself decide and change nothing: they are not audited. */
const UNAUDITED: ReadonlySet<Verb> = new Set<Verb>(["status", "wait"]);
/** Change nothing: it is enough that their record is written before their answer leaves, with those of others. */
const READING: ReadonlySet<Verb> = new Set<Verb>(["get", "list"]);
/** Must work whatever happens to the audit. */
const UNSTOPPABLE: ReadonlySet<Verb> = new Set<Verb>(["lock", "stop"]);

/** Puts the outcome of one request on record and turns it into its reply. */
export class Settlement {
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
    const written = this.#record({ result: "allowed", rule, admin, note });
    if (written !== false) this.#tellState(answer);
    const header = { id: this.#request.id, ok: true, ...(answer.fields as HeaderFields) };
    return this.#onceOnRecord({ header, payload }, written);
  }

  refused(error: unknown): Reply | Promise<Reply> {
    const failure = this.#asFailure(error);
    return this.#onceOnRecord(this.#refusal(failure), this.#record({ result: failure.code }));
  }

  refusedAtOnce(error: unknown): Reply {
    const failure = this.#asFailure(error);
    const written = this.#recordAtOnce({ result: failure.code });
    return written ? this.#refusal(failure) : this.#error("audit-failed");
  }

  #tellState({ fields }: Answer<Verb>): void {
    const { state } = this.#agent;
    if (!UNAUDITED.has(this.#request.verb)) state.used();
    if ("durable" in fields) state.durable = fields.durable;
  }

  #record(outcome: Outcome): boolean | Promise<boolean> {
    if (!READING.has(this.#request.verb)) return this.#recordAtOnce(outcome);
    return this.#agent.audit.writeInTurn(this.#asRecord(outcome));
  }

  #recordAtOnce(outcome: Outcome): boolean {
    const { verb } = this.#request;
    if (UNAUDITED.has(verb)) return true;
    return this.#agent.audit.write(this.#asRecord(outcome)) || UNSTOPPABLE.has(verb);
  }

  #asRecord({ result, rule, admin, note }: Outcome): AuditRecord {
    const { verb, fields } = this.#request;
    return {
      peer: this.#session.auditPeer,
      verb,
      result,
      name: subjectOf(fields),
      rule,
      admin,
      note: note ?? this.#session.note,
    };
  }

  /** A reply waits for its line to be written and, where the audit is told so, to be on the disk. */
  #onceOnRecord(reply: Reply, written: boolean | Promise<boolean>): Reply | Promise<Reply> {
    if (written === false) return this.#unrecorded(reply);
    const onRecord =
      written === true ? this.#synced() : written.then((done) => done && (this.#synced() ?? true));
    if (onRecord === undefined) return reply;
    const { lockCount } = this.#agent.state;
    return onRecord.then((done) => (done ? this.#unlessLocked(reply, lockCount) : this.#unrecorded(reply)));
  }

  /** For lock and stop nothing waits. */
  #synced(): Promise<boolean> | undefined {
    const { verb } = this.#request;
    return UNAUDITED.has(verb) || UNSTOPPABLE.has(verb) ? undefined : this.#agent.audit.synced();
  }

  /** The value of a fetch can be read no more when there was a lock while its line was on its way. */
  #unlessLocked(reply: Reply, lockCount: number): Reply {
    const carriesValue = READING.has(this.#request.verb) && reply.payload !== undefined;
    if (!carriesValue || this.#agent.state.lockCount === lockCount) return reply;
    reply.payload.close?.();
    return this.#error("locked");
  }

  #unrecorded(reply: Reply): Reply {
    reply.payload?.close?.();
    return this.#error("audit-failed");
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

  #refusal({ code, details }: AgentError): Reply {
    return this.#error(code, this.#session.administrator ? details : { retryAfterMs: details.retryAfterMs });
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
