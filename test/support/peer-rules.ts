import type { HeaderFields } from "@sotto/client/protocol";
import { afterAll, beforeAll, expect } from "vitest";
import { Asker } from "./asker.ts";
import { type LiveAgent, liveAgent } from "./live-agent.ts";
import type { Heard } from "./other-process.ts";
import type { PerlClient } from "./perl-client.ts";
import { askByPerl } from "./perl-client.ts";
import { PASSPHRASE, type SandboxOptions } from "./sandbox.ts";
import { TrustedFolder } from "./trusted-folder.ts";

/** A secret that is fetched under one rule at a time, by programs that rules may name. */
export class PeerRules {
  readonly name = "peer/secret";
  readonly value = "for the right process only";
  readonly agent: () => Pick<LiveAgent, "sandbox">;
  #folder: TrustedFolder | undefined;
  #administrator: Asker | undefined;

  constructor(agent: () => Pick<LiveAgent, "sandbox">) {
    this.agent = agent;
  }

  get folder(): TrustedFolder {
    return (this.#folder ??= new TrustedFolder());
  }

  dispose(): void {
    this.#administrator?.[Symbol.dispose]();
    this.#folder?.[Symbol.dispose]();
  }

  /** Stores the secret. */
  async store(): Promise<void> {
    const administrator = await this.administrator();
    await administrator.must("set", { name: this.name }, Buffer.from(this.value));
  }

  /** Runs `check` while there is this rule and no other. */
  async under(rule: HeaderFields, check: () => Promise<void>): Promise<void> {
    const administrator = await this.administrator();
    const made = await administrator.must("grant", { selector: this.name, may: ["get"], ...rule });
    try {
      await check();
    } finally {
      await administrator.must("revoke", { rule: made.header.get("rule") as string });
    }
  }

  /** Why a rule is refused; undefined when it is not. It is revoked at once. */
  async objection(rule: HeaderFields): Promise<unknown> {
    const administrator = await this.administrator();
    const made = await administrator.ask("grant", { selector: this.name, may: ["get"], ...rule });
    if (made.header.get("ok") !== true) return made.header.get("reason") ?? made.header.get("error");
    await administrator.must("revoke", { rule: made.header.get("rule") as string });
    return undefined;
  }

  ask(client: Omit<PerlClient, "socket" | "name">): Promise<Heard> {
    return askByPerl({ ...client, socket: this.agent().sandbox.socket, name: this.name });
  }

  async expectAllowed(client: Omit<PerlClient, "socket" | "name">): Promise<void> {
    expect((await this.ask(client)).payload.toString()).toBe(this.value);
  }

  async expectDenied(client: Omit<PerlClient, "socket" | "name">): Promise<void> {
    this.judgeDenied(await this.ask(client));
  }

  /** "denied" and not a byte of the value. */
  judgeDenied(heard: Heard): void {
    expect(heard.bytes.includes("denied"), heard.errors).toBe(true);
    expect(heard.payload).toHaveLength(0);
    expect(heard.bytes.includes(this.value)).toBe(false);
  }

  /** The newest record of a fetch. */
  lastFetch(): Record<string, unknown> | undefined {
    return this.agent()
      .sandbox.auditRecords()
      .findLast((record) => record["verb"] === "get");
  }

  /** One connection for all: a proof takes its time. */
  async administrator(): Promise<Asker> {
    if (this.#administrator === undefined || this.#administrator.raw.closed)
      this.#administrator = await Asker.proved(this.agent().sandbox.socket, PASSPHRASE);
    return this.#administrator;
  }
}

/** One agent with the secret, for all tests of a file. */
export function peerRules(options: SandboxOptions = {}): PeerRules {
  const rules = new PeerRules(liveAgent({ shared: true, ...options }));
  beforeAll(() => rules.store());
  afterAll(() => rules.dispose());
  return rules;
}
