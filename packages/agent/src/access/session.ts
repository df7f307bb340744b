import type { PeerHandle, Platform } from "../platform/index.ts";
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

  constructor(peer: PeerHandle, deps: SessionDeps) {
    this.peer = peer;
    this.administrator = deps.administrators.includes(peer);
    this.#deps = deps;
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
