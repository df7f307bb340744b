import { createServer, type Server } from "node:net";
import { encodeHeader, frameHead, isNobody, MAX_CONNECTIONS_PER_UID } from "@sotto/client/protocol";
import { Session } from "../access/session.ts";
import type { Agent } from "../agent.ts";
import { BlockPool } from "../memory/block-pool.ts";
import type { SecureBuffer } from "../memory/secure-memory.ts";
import type { PeerHandle, PipeListener } from "../platform/index.ts";
import { type Connected, descriptorOf, socketOf, takeConnections, takeFromPipe } from "./accepted.ts";
import { connectionsWithin, waitingWithin } from "./capacity.ts";
import { listen } from "./listen.ts";
import type { PipeWhere, Where } from "./endpoint-path.ts";
import { Connection, CONNECTION_BLOCK_BYTES } from "./connection.ts";
import { WaitingLine } from "./waiting-line.ts";

const READ_BYTES = 16 * 1024;
const BLOCKS = { blockBytes: CONNECTION_BLOCK_BYTES, initial: 6, reserved: 2 };
/** A flood of connections must not become one of the log. */
const WARN_EVERY_MS = 1_000;

/** A way in, through which somebody has come. */
interface Entrance {
  /** Throws when the system cannot say. */
  peer(): PeerHandle;
  /** The connection, for a socket of ours. */
  take(): Connected;
  close(): void;
}

/** Somebody who has connected, of whom nothing has been read. */
interface Guest {
  readonly uid: number;
  readonly peer: PeerHandle;
  readonly connected: Connected;
}

/** Accepts connections, finds out who is there before anything is read, and keeps within the limits. */
export class Listener {
  readonly #agent: Agent;
  readonly #readBuffer: SecureBuffer;
  readonly #blocks: BlockPool;
  readonly #connections = new Set<Connection>();
  readonly #perUid = new Map<number, number>();
  readonly #mostConnections: number;
  readonly #line: WaitingLine<Guest>;
  /** Also those that wait for their block. */
  #count = 0;
  #nextWarning = 0;
  #server: Server | PipeListener | undefined;

  constructor(agent: Agent) {
    this.#agent = agent;
    const descriptors = agent.platform.descriptorLimit();
    this.#mostConnections = connectionsWithin(descriptors);
    this.#line = new WaitingLine(waitingWithin(descriptors), (guest) => this.#dismiss(guest));
    this.#readBuffer = agent.memory.allocate(READ_BYTES);
    this.#blocks = new BlockPool(agent.memory, BLOCKS);
    agent.state.onLock(() => this.#connections.forEach((connection) => connection.onLock()));
  }

  /** Listens. A former server is given up first; its connections go on. */
  async listen(where: Where): Promise<void> {
    this.#server?.close();
    if ("pipe" in where) return this.#listenOnPipe(where);
    const server = createServer();
    this.#server = server;
    await listen(server, where, this.#agent.log); // no connection is taken before the microtasks have run out
    const { log } = this.#agent;
    takeConnections(
      server,
      (accepted) =>
        this.#judge({
          peer: () => this.#agent.platform.peerOf(descriptorOf(accepted)),
          take: () => accepted,
          close: () => accepted.close(),
        }),
      (err) => log.error({ err }, "accept failed"),
    );
  }

  #listenOnPipe({ pipe, pipes }: PipeWhere): void {
    this.#server = pipes.listen(pipe, {
      onArrival: (arrival) =>
        this.#judge({
          peer: () => arrival.peer(),
          take: () => takeFromPipe(arrival),
          close: () => arrival.close(),
        }),
      onError: (err) => this.#agent.log.error({ err }, "accept failed"),
    });
  }

  /** Called a few times a second. */
  checkDeadlines(): void {
    const now = performance.now();
    for (const connection of this.#connections) connection.checkDeadline(now);
  }

  /**
   * Nothing has been read yet: who is there is judged first, and then read into our own buffer. Over a named pipe it is
   * confirmed when the first bytes are read. Whatever fails here ends this connection, and nothing else.
   */
  #judge(entrance: Entrance): void {
    let peer: PeerHandle | undefined;
    try {
      peer = entrance.peer();
      this.#receive({ uid: peer.uid, peer, connected: entrance.take() });
    } catch (error) {
      this.#warn(error);
      entrance.close();
      peer?.release();
    }
  }

  #warn(error: unknown): void {
    const now = performance.now();
    if (now < this.#nextWarning) return;
    this.#nextWarning = now + WARN_EVERY_MS;
    this.#agent.log.warn({ err: error }, "connection refused: the system did not let it be taken");
  }

  #receive(guest: Guest): void {
    if (guest.peer.pid <= 0 || isNobody(guest.uid)) this.#deny(guest);
    else if (this.#hasRoomFor(guest.uid)) this.#open(guest);
    else if (!this.#line.join(guest)) turnAway(guest, "busy");
  }

  #deny(guest: Guest): void {
    const { uid, gid, pid } = guest.peer;
    this.#agent.audit.write({ peer: { uid, gid, pid }, verb: "connect", result: "denied" });
    turnAway(guest, "denied");
  }

  #hasRoomFor(uid: number): boolean {
    const count = this.#perUid.get(uid) ?? 0;
    return this.#count < this.#mostConnections && count < MAX_CONNECTIONS_PER_UID;
  }

  #open({ peer, connected: accepted }: Guest): void {
    this.#count++;
    this.#perUid.set(peer.uid, (this.#perUid.get(peer.uid) ?? 0) + 1);
    const session = new Session(peer, this.#agent);
    this.#blocks.take((block) => {
      const connection: Connection = new Connection({
        accepted,
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
    this.#admitNext();
  }

  #admitNext(): void {
    const guest = this.#line.next((uid) => this.#hasRoomFor(uid));
    if (guest === undefined) return;
    try {
      this.#open(guest);
    } catch (error) {
      this.#warn(error);
      this.#dismiss(guest);
    }
  }

  #dismiss(guest: Guest): void {
    try {
      turnAway(guest, "busy");
    } catch (error) {
      this.#warn(error);
    }
  }
}

/**
 * Into a socket the few bytes go within the call: the descriptor is free again before the next connection is taken. Writes
 * to a pipe take a moment; what lies in it then can be read although it is closed.
 */
function turnAway({ connected, peer }: Guest, error: "denied" | "busy"): void {
  const socket = socketOf(connected);
  socket.on("error", () => undefined); // the peer may be gone
  const destroy = (): unknown => socket.destroy();
  const isPipe = "descriptor" in connected;
  socket.write(frameHead(encodeHeader({ id: null, ok: false, error }), 0), isPipe ? destroy : undefined);
  if (!isPipe) destroy();
  peer.release();
}
