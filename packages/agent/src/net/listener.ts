import { createServer, type Server, type Socket } from "node:net";
import { encodeHeader, frameHead, MAX_CONNECTIONS_PER_UID } from "@sotto/client/protocol";
import { isNobody } from "../access/nobody.ts";
import { Session } from "../access/session.ts";
import type { Agent } from "../agent.ts";
import { BlockPool } from "../memory/block-pool.ts";
import type { SecureBuffer } from "../memory/secure-memory.ts";
import type { PeerHandle } from "../platform/index.ts";
import { connectionsWithin } from "./capacity.ts";
import { listen } from "./listen.ts";
import type { Where } from "./socket-path.ts";
import { Connection, CONNECTION_BLOCK_BYTES } from "./connection.ts";

const READ_BYTES = 16 * 1024;
const BLOCKS = { blockBytes: CONNECTION_BLOCK_BYTES, initial: 6, reserved: 2 };
/** A flood of connections must not become one of the log. */
const WARN_EVERY_MS = 1_000;

/** Accepts connections, finds out who is there before anything is read, and keeps within the limits. */
export class Listener {
  readonly #agent: Agent;
  readonly #readBuffer: SecureBuffer;
  readonly #blocks: BlockPool;
  readonly #connections = new Set<Connection>();
  readonly #perUid = new Map<number, number>();
  readonly #mostConnections: number;
  /** Also those that wait for their block. */
  #count = 0;
  #nextWarning = 0;
  #server: Server | undefined;

  constructor(agent: Agent) {
    this.#agent = agent;
    this.#mostConnections = connectionsWithin(agent.platform.descriptorLimit());
    this.#readBuffer = agent.memory.allocate(READ_BYTES);
    this.#blocks = new BlockPool(agent.memory, BLOCKS);
    agent.state.onLock(() => this.#connections.forEach((connection) => connection.onLock()));
  }

  /** Listens. A former server is given up first; its connections go on. */
  listen(where: Where): Promise<void> {
    this.#server?.close();
    const server = createServer({ pauseOnConnect: true }, (socket) => this.#accept(socket));
    this.#server = server;
    return listen(server, where, this.#agent.log);
  }

  /** Called a few times a second. */
  checkDeadlines(): void {
    const now = performance.now();
    for (const connection of this.#connections) connection.checkDeadline(now);
  }

  /** pauseOnConnect: nothing has been read yet, and the descriptor can be judged and then opened with our own buffer. */
  #accept(socket: Socket): void {
    socket.on("error", () => undefined);
    try {
      this.#judge(socket, this.#agent.platform.peerOf(descriptorOf(socket)));
    } catch (error) {
      this.#warn(error);
    } finally {
      socket.destroy();
    }
  }

  #judge(socket: Socket, peer: PeerHandle): void {
    if (this.#refuses(peer, socket)) return peer.release();
    let fd: number;
    try {
      fd = this.#agent.platform.duplicate(descriptorOf(socket));
    } catch (error) {
      peer.release();
      throw error;
    }
    this.#open(peer, fd);
  }

  #warn(error: unknown): void {
    const now = performance.now();
    if (now < this.#nextWarning) return;
    this.#nextWarning = now + WARN_EVERY_MS;
    this.#agent.log.warn({ err: error }, "connection refused: the system did not let it be taken");
  }

  #refuses(peer: PeerHandle, socket: Socket): boolean {
    if (peer.pid <= 0 || isNobody(peer.uid)) {
      const { uid, gid, pid } = peer;
      this.#agent.audit.write({ peer: { uid, gid, pid }, verb: "connect", result: "denied" });
      sayAtOnce(socket, "denied");
      return true;
    }
    const count = this.#perUid.get(peer.uid) ?? 0;
    const full = this.#count >= this.#mostConnections || count >= MAX_CONNECTIONS_PER_UID;
    if (full) sayAtOnce(socket, "busy");
    return full;
  }

  #open(peer: PeerHandle, fd: number): void {
    this.#count++;
    this.#perUid.set(peer.uid, (this.#perUid.get(peer.uid) ?? 0) + 1);
    const session = new Session(peer, this.#agent);
    this.#blocks.take((block) => {
      const connection: Connection = new Connection({
        fd,
        block,
        agent: this.#agent,
        session,
        readBuffer: this.#readBuffer.bytes,
        onClosed: () => this.#forget(connection, peer.uid, block),
      });
      this.#connections.add(connection);
    }, session);
  }

  #forget(connection: Connection, uid: number, block: SecureBuffer): void {
    this.#connections.delete(connection);
    this.#count--;
    const left = (this.#perUid.get(uid) ?? 1) - 1;
    if (left === 0) this.#perUid.delete(uid);
    else this.#perUid.set(uid, left);
    this.#blocks.give(block);
  }
}

/** The one undocumented thing that the agent asks of Node: the descriptor of an accepted socket. */
export function descriptorOf(socket: Socket): number {
  const fd = (socket as unknown as { _handle?: { fd?: unknown } })._handle?.fd;
  if (typeof fd !== "number" || fd < 0)
    throw new Error("this version of node does not tell the descriptor of a socket");
  return fd;
}

/** The few bytes go to the kernel within the call: the descriptor is free again before the next connection is taken. */
function sayAtOnce(socket: Socket, error: "denied" | "busy"): void {
  socket.write(frameHead(encodeHeader({ id: null, ok: false, error }), 0));
}
