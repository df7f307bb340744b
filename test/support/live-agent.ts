import type { HeaderFields } from "@sotto/client/protocol";
import { afterAll, beforeAll, expect } from "vitest";
import { type Credentials, asUser } from "./as-user.ts";
import { RawConnection, type RawReply } from "./raw-connection.ts";
import { PASSPHRASE, Sandbox, type SandboxOptions } from "./sandbox.ts";

/** The secret that the probe fetches, and what it must get. */
const PROBE = { name: "probe/alive", value: Buffer.from("value of the probe") };
/** On an idle machine 200 ms would do: the suite shares two cores with others. */
const ALIVE_MS = 2_000;

/** An unlocked agent with one secret that the user of the tests may fetch. */
export class LiveAgent implements AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly pid: number;

  private constructor(sandbox: Sandbox, pid: number) {
    this.sandbox = sandbox;
    this.pid = pid;
  }

  static async start(options: SandboxOptions = {}): Promise<LiveAgent> {
    return LiveAgent.of(await Sandbox.start(options));
  }

  /** Takes over an agent that is started and unlocked. */
  static async of(sandbox: Sandbox): Promise<LiveAgent> {
    try {
      const agent = new LiveAgent(sandbox, (await sandbox.pid()) ?? 0);
      using administrator = await agent.administrator();
      await set(administrator, PROBE.name, PROBE.value);
      await grant(administrator, PROBE.name, { uids: [process.getuid?.() ?? 0] });
      return agent;
    } catch (error) {
      await sandbox[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** A connection of the user of the tests or, as root, of another. */
  connect(credentials?: Credentials): Promise<RawConnection> {
    const open = (): Promise<RawConnection> => RawConnection.open(this.sandbox.socket);
    return credentials === undefined ? open() : asUser(credentials, open);
  }

  /** A connection on which the passphrase was proved. */
  async administrator(): Promise<RawConnection> {
    const connection = await this.connect();
    succeeded(await connection.request({ v: 1, id: 0, verb: "auth" }, Buffer.from(PASSPHRASE)));
    return connection;
  }

  /** A second client gets a correct answer in time, from the very process that was started. */
  async expectAlive(): Promise<void> {
    const began = performance.now();
    using connection = await this.connect();
    const reply = await connection.request({ v: 1, id: 1, verb: "get", name: PROBE.name });
    expect(reply.payload, "the value of the probe").toEqual(PROBE.value);
    expect(performance.now() - began, "milliseconds of a fetch").toBeLessThan(ALIVE_MS);
    const status = await connection.request({ v: 1, id: 2, verb: "status" });
    expect(status.header.get("pid"), "process id of the agent").toBe(this.pid);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.sandbox[Symbol.asyncDispose]();
  }
}

/** One agent for all tests of a file: starts it before the first, ends it after the last. */
export function liveAgent(options: SandboxOptions = {}): () => LiveAgent {
  let agent: LiveAgent | undefined;
  beforeAll(async () => {
    agent = await LiveAgent.start(options);
  });
  afterAll(() => agent?.[Symbol.asyncDispose]());
  return () => {
    if (agent === undefined) throw new Error("not started");
    return agent;
  };
}

/** The reply, which must be a success. */
export function succeeded(reply: RawReply): RawReply {
  if (reply.header.get("ok") !== true) throw new Error(`refused: ${String(reply.header.get("error"))}`);
  return reply;
}

/** Stores a value and returns its version. */
export async function set(connection: RawConnection, name: string, value: Uint8Array): Promise<number> {
  const reply = await connection.request({ v: 1, id: 1, verb: "set", name }, value);
  return succeeded(reply).header.get("version") as number;
}

/** Makes a rule for an identity, as the wire spells it, and returns its id. */
export async function grant(
  connection: RawConnection,
  selector: string,
  identity: HeaderFields,
  may: readonly string[] = ["get"],
): Promise<string> {
  const reply = await connection.request({ v: 1, id: 1, verb: "grant", selector, may, ...identity });
  return succeeded(reply).header.get("rule") as string;
}
