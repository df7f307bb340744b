import { createServer, type Server, type Socket } from "node:net";
import { FRAME_MS } from "@sotto/client/protocol";
import type { Session } from "../access/session.ts";
import type { Agent } from "../agent.ts";
import type { Reply } from "../dispatch.ts";
import { dispatch, refuse } from "../dispatch.ts";
import { admit } from "../gate.ts";
import type { SecureBuffer } from "../memory/secure-memory.ts";
import { CHUNK_BYTES } from "../vault/limits.ts";
import { credentialRequest } from "./credential-address.ts";
import { CredentialSession } from "./credential-session.ts";
import { writeValue } from "./credential-writer.ts";
import { descriptorOf } from "./accepted.ts";
import { listen } from "./listen.ts";
import type { FileWhere } from "./endpoint-path.ts";

/** Units that wait at a time: for the unlock, or for one another. */
const MAX_WAITING = 64;
const NOTHING = Buffer.alloc(0);

/** A unit that is to get a secret. */
interface Errand {
  readonly socket: Socket;
  readonly session: Session;
  readonly name: string;
}

/**
 * Answers `LoadCredential=` of systemd units: the manager connects and says by its own address what it wants for which
 * unit, and what it then reads is the credential. There is no way to say no but to close without a byte. While the vault
 * is locked it waits: the unit starts when the vault is open, or fails when its own time to start is over.
 * One unit is served after the other: the manager is the only one who asks, and reads at once.
 */
export class CredentialSocket {
  readonly #agent: Agent;
  readonly #work: SecureBuffer;
  readonly #waiting = new Set<Errand>();
  #current: Errand | undefined;
  #deadline = Infinity;
  #server: Server | undefined;

  constructor(agent: Agent) {
    this.#agent = agent;
    this.#work = agent.memory.allocate(CHUNK_BYTES);
    agent.state.onLock(() => this.#current?.socket.destroy());
  }

  /** Listens. A former server is given up first. */
  listen(where: FileWhere): Promise<void> {
    this.#server?.close();
    const server = createServer({ pauseOnConnect: true, allowHalfOpen: true }, (one) => this.#accept(one));
    this.#server = server;
    return listen(server, where, this.#agent.log);
  }

  /** Called a few times a second. A manager that has given up is noticed here: nothing is ever read. */
  checkDeadlines(): void {
    if (performance.now() >= this.#deadline) this.#current?.socket.destroy();
    for (const errand of this.#waiting) if (!errand.session.peer.isAlive()) this.#drop(errand);
    this.#next();
  }

  #accept(socket: Socket): void {
    socket.on("error", () => undefined); // the manager may go at any moment
    const errand = this.#errandOf(socket);
    if (errand === undefined) return void socket.destroy();
    if (this.#waiting.size >= MAX_WAITING) {
      this.#agent.log.warn("too many units wait for a credential: one more gets none");
      return this.#drop(errand);
    }
    this.#waiting.add(errand);
    this.#next();
  }

  /** undefined for who is not the manager, or asks for what there cannot be. */
  #errandOf(socket: Socket): Errand | undefined {
    const { platform, audit, log } = this.#agent;
    try {
      const fd = descriptorOf(socket);
      const peer = platform.peerOf(fd);
      const wanted = peer.uid === 0 && peer.pid > 0 ? credentialRequest(platform.peerAddress(fd)) : undefined;
      if (wanted)
        return { socket, name: wanted.name, session: new CredentialSession(peer, wanted.unit, this.#agent) };
      const { uid, gid, pid } = peer;
      peer.release();
      audit.write({ peer: { uid, gid, pid }, verb: "connect", result: "denied", note: "credential socket" });
    } catch (error) {
      log.warn({ err: error }, "connection refused: the system did not say who is there");
    }
    return undefined;
  }

  /** Serves the one that waits longest, once there is a vault to serve from or none to wait for. */
  #next(): void {
    if (this.#current !== undefined || this.#agent.state.current === "locked") return;
    const [errand] = this.#waiting;
    if (errand === undefined) return;
    this.#waiting.delete(errand);
    this.#current = errand;
    void this.#serve(errand).finally(() => {
      this.#current = undefined;
      this.#deadline = Infinity;
      this.#drop(errand);
      this.#next();
    });
  }

  async #serve(errand: Errand): Promise<void> {
    try {
      const { payload } = await this.#replyTo(errand);
      this.#deadline = performance.now() + FRAME_MS;
      if (payload) await writeValue(errand.socket, payload, this.#work.bytes);
    } catch (error) {
      this.#agent.log.warn({ err: error }, "credential broken off");
    }
  }

  /** The same way as a `get` that came as a frame: gate, decision, audit. */
  #replyTo({ session, name, socket }: Errand): Reply | Promise<Reply> {
    const request = { id: 0, verb: "get", fields: { name } } as const;
    const gone = (): boolean => socket.destroyed;
    try {
      admit(request, session, this.#agent.state.current);
    } catch (error) {
      return refuse(this.#agent, request, session, error);
    }
    return dispatch(this.#agent, request, session, {
      ...{ payload: NOTHING, value: undefined, gone },
      whenGone: () => undefined,
    });
  }

  #drop(errand: Errand): void {
    this.#waiting.delete(errand);
    if (errand.socket.destroyed) errand.socket.destroy();
    else errand.socket.end(() => errand.socket.destroy());
    errand.session.peer.release();
  }
}
