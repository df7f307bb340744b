/** An agent that says what a test wants it to say. Not part of the package. */
import { mkdtempSync, rmSync } from "node:fs";
import type { Server, Socket } from "node:net";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DecodedHeader, HeaderFields } from "../protocol/header.ts";
import { decodeHeader } from "../protocol/header.ts";
import { FRAME_SCRATCH_BYTES, FrameDecoder } from "../protocol/frame.ts";
import { frame } from "./bytes.ts";

/** One request as it arrived. */
export interface Received {
  readonly id: number;
  readonly verb: string;
  readonly header: DecodedHeader;
  readonly payload: Buffer;
}

interface Behaviour {
  /** Called for each connection. */
  readonly greet?: (peer: Socket) => unknown;
  /** Called for each request; what it returns is sent. */
  readonly answer?: (request: Received, peer: Socket) => Buffer | undefined;
}

export class FakeAgent implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), "sotto-client-"));
  readonly socket = join(this.folder, "agent.sock");
  readonly received: Received[] = [];
  readonly peers = new Set<Socket>();
  readonly #server: Server;

  private constructor(behaviour: Behaviour) {
    this.#server = createServer((peer) => this.#serve(peer, behaviour));
  }

  /** Listens in a folder of its own. */
  static async start(behaviour: Behaviour | Behaviour["answer"] = {}): Promise<FakeAgent> {
    const agent = new FakeAgent(typeof behaviour === "function" ? { answer: behaviour } : behaviour);
    await new Promise<void>((resolve) => void agent.#server.listen(agent.socket, resolve));
    return agent;
  }

  /** Ends every connection and gives up the socket. */
  async stop(): Promise<void> {
    for (const peer of this.peers) peer.destroy();
    await new Promise((resolve) => void this.#server.close(resolve));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  #serve(peer: Socket, { greet, answer }: Behaviour): void {
    this.peers.add(peer);
    peer.on("error", () => undefined);
    peer.on("close", () => this.peers.delete(peer));
    greet?.(peer);
    const decoder = this.#decoder((request) => {
      this.received.push(request);
      const reply = answer?.(request, peer);
      if (reply !== undefined && !peer.destroyed) peer.write(reply);
    });
    peer.on("data", (chunk) => decoder.push(chunk));
  }

  #decoder(complete: (request: Received) => void): FrameDecoder {
    let header: DecodedHeader = new Map();
    let parts: Buffer[] = [];
    const sink = {
      header: (bytes: Uint8Array) => void (header = decodeHeader(bytes)),
      payload: (part: Uint8Array) => void parts.push(Buffer.from(part)),
      end: () => {
        const [id, verb] = [header.get("id") as number, header.get("verb") as string];
        complete({ id, verb, header, payload: Buffer.concat(parts) });
        parts = [];
        return true;
      },
    };
    return new FrameDecoder(sink, Buffer.alloc(FRAME_SCRATCH_BYTES));
  }
}

/** A successful reply. */
export const reply = (id: number | null, fields: HeaderFields = {}, payload?: Uint8Array): Buffer =>
  frame({ id, ok: true, ...fields }, payload);

/** A failure. */
export const failure = (id: number | null, error: string, details: HeaderFields = {}): Buffer =>
  frame({ id, ok: false, error, ...details });

/** The reply to a `get`. */
export const value = (id: number, bytes: string | Uint8Array): Buffer =>
  reply(id, { attributes: { username: "report" }, version: 3 }, Buffer.from(bytes));
