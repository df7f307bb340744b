import type { AuditPeer } from "../audit/audit.ts";
import type { PeerHandle, Platform, ProcessDescription } from "../platform/index.ts";
import type { Administrators } from "./administrators.ts";
import type { Tickets } from "./tickets.ts";

interface SessionDeps {
  readonly platform: Platform;
  readonly administrators: Administrators;
  readonly tickets: Tickets;
}

/** One connection as access control sees it: who is there, and what they have proved. */
export class Session {
  readonly peer: PeerHandle;
  readonly administrator: boolean;
  readonly #deps: SessionDeps;
  #provedSlot: string | undefined;
  #audited: AuditPeer | undefined;
  #described: ProcessDescription | undefined;

  constructor(peer: PeerHandle, deps: SessionDeps) {
    this.peer = peer;
    this.administrator = deps.administrators.includes(peer);
    this.#deps = deps;
  }

  /**
   * Looks at the process for the audit. Once a connection, at its first request that goes on record: it costs more than
   * all the rest of a fetch. Only the uid is looked at again for each record.
   */
  describe(): void {
    if (this.#described !== undefined) return;
    this.#described = this.peer.describe();
    this.#audited = undefined;
  }

  /**
   * The peer for the audit: `exe` and `unit` as they were at its first request, `uidNow` as of this moment.
   * The same object as before while nothing of it has changed.
   */
  get auditPeer(): AuditPeer {
    const uidNow = this.peer.uidNow();
    if (this.#audited === undefined || this.#audited.uidNow !== uidNow)
      this.#audited = this.#asAudited(uidNow);
    return this.#audited;
  }

  #asAudited(uidNow: number | undefined): AuditPeer {
    const { uid, gid, pid, sid, session } = this.peer;
    const { exe, unit } = this.#described ?? {};
    return { uid, gid, pid, sid, session, exe, unit, uidNow };
  }

  /** What the audit should say of the peer where the decision has no note of its own. */
  get note(): string | undefined {
    return this.#described?.exeMismatch === true ? "exe_mismatch" : undefined;
  }

  /** The slot whose passphrase was given on this very connection. */
  get provedSlot(): string | undefined {
    return this.#provedSlot;
  }

  /** An administrator who gave the passphrase, on this connection or lately in this login session. */
  get proved(): boolean {
    if (!this.administrator) return false;
    return this.#provedSlot !== undefined || this.#deps.tickets.holds(this.peer.uid, this.#loginSession());
  }

  /** The passphrase of `slot` has just been given here. */
  prove(slot: string): void {
    this.#provedSlot = slot;
    this.#deps.tickets.grant(this.peer.uid, this.#loginSession());
  }

  /** The agent was locked: what was proved before counts no more. */
  forget(): void {
    this.#provedSlot = undefined;
  }

  #loginSession(): string | undefined {
    return this.#deps.platform.sessionOf(this.peer);
  }
}
