import { createConnection, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";

const PREFIX_BYTES = 8;

/** What happens before a request goes on to the agent; false ends the connection instead. */
export type Meddling = (verb: string, count: number) => Promise<boolean | undefined> | boolean | undefined;

/** A socket before the agent's own: something happens just before a request of one's choice reaches the agent. */
export class Meddler implements AsyncDisposable {
  readonly socket: string;
  readonly #server: Server;
  readonly #open = new Set<Socket>();
  readonly #counts = new Map<string, number>();

  private constructor(folder: string, agentSocket: string, meddling: Meddling) {
    this.socket = join(folder, "meddler.sock");
    this.#server = createServer((client) => this.#join(client, createConnection(agentSocket), meddling));
  }

  static async start(folder: string, agentSocket: string, meddling: Meddling): Promise<Meddler> {
    const meddler = new Meddler(folder, agentSocket, meddling);
    await new Promise<void>((resolve, reject) => {
      meddler.#server.once("error", reject).listen(meddler.socket, resolve);
    });
    return meddler;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#open) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Whole requests go to the agent, one after the other; answers pass as they come. */
  #join(client: Socket, agent: Socket, meddling: Meddling): void {
    let pending = Buffer.alloc(0);
    let turn = Promise.resolve();
    for (const [one, other] of [
      [client, agent],
      [agent, client],
    ] as const) {
      this.#open.add(one);
      one
        .on("error", () => undefined)
        .on("close", () => {
          this.#open.delete(one);
          other.destroy();
        });
    }
    agent.pipe(client);
    client.on("data", (part: Buffer) => {
      pending = Buffer.concat([pending, part]);
      for (let frame = firstFrame(pending); frame !== undefined; frame = firstFrame(pending)) {
        const whole = frame;
        pending = pending.subarray(whole.length);
        turn = turn.then(async () => {
          const goesOn = await meddling(...this.#count(whole));
          if (goesOn === false) client.destroy();
          else agent.write(whole);
        });
      }
    });
  }

  /** The verb of a request, and how often it has been asked for. */
  #count(frame: Buffer): [verb: string, count: number] {
    const verb = /\xa4verb[\xa0-\xbf]([a-z-]+)/.exec(frame.toString("latin1"))?.[1] ?? "";
    const count = (this.#counts.get(verb) ?? 0) + 1;
    this.#counts.set(verb, count);
    return [verb, count];
  }
}

function firstFrame(bytes: Buffer): Buffer | undefined {
  if (bytes.length < PREFIX_BYTES) return undefined;
  const length = PREFIX_BYTES + bytes.readUInt32BE(0) + bytes.readUInt32BE(4);
  return bytes.length < length ? undefined : bytes.subarray(0, length);
}
