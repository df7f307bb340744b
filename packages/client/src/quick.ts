/**
 * One `get` on a connection of its own and in the fewest steps, for a process that does nothing else: what the bundled
 * `agent get` is made of. It has no words for what can go wrong; shortfall.ts has, and is loaded only then.
 */
import { resolve } from "node:path";
import { AgentSocket } from "./agent-socket.ts";
import { attributes, decodeFields, integer } from "./protocol/fields.ts";
import type { Attributes, FieldDecoders } from "./protocol/fields.ts";
import type { FrameSink } from "./protocol/frame.ts";
import { FrameDecoder, frameHead } from "./protocol/frame.ts";
import type { DecodedHeader } from "./protocol/header.ts";
import { decodeHeader, encodeHeader } from "./protocol/header.ts";
import { PROTOCOL_VERSION } from "./protocol/limits.ts";
import type { ReplyOf } from "./protocol/verbs.ts";
import { checkSocketPath, firstExisting, jobSockets } from "./paths.ts";
import { platform } from "./platform/index.ts";
import { takeBuffers } from "./read-buffers.ts";
import { secretBuffer } from "./secret-buffer.ts";
import { wipe } from "./wipe.ts";

/** A secret as it arrived. Whoever gets it wipes `bytes`. */
export interface Fetched {
  readonly name: string;
  readonly attributes: Attributes;
  readonly version: number;
  readonly bytes: Buffer;
}

/**
 * Why there is no value. `not-sent`: the agent has not been asked, so it may be asked again by other means, which say why.
 * A refusal is the header of the agent's reply, not judged yet.
 */
export type Shortfall =
  | "not-sent"
  | "timeout"
  | "closed"
  | "bad-reply"
  | { readonly errno: unknown }
  | { readonly refusal: DecodedHeader };

export interface QuickOptions {
  /** As in `ConnectOptions`. */
  readonly socket?: string | undefined;
  /** Milliseconds for everything together. */
  readonly timeoutMs: number;
  /** As in `GetSecretOptions`. */
  readonly token?: Uint8Array | undefined;
  /** One of the two is called, once. */
  readonly got: (secret: Fetched) => void;
  readonly failed: (shortfall: Shortfall) => void;
}

const ID = 1;
const GET_REPLY: FieldDecoders<ReplyOf<"get">> = { attributes, version: integer(1) };

/**
 * Asks for a secret. On success the connection is left to the end of the process. What was read is wiped before `got` or
 * `failed` is called. Throws where it cannot begin, as `connect` rejects: nothing has been sent then.
 */
export function quickGet(name: string, options: QuickOptions): void {
  const { socket, token, timeoutMs } = options;
  const path = socket === undefined ? firstExisting(jobSockets({})) : checkSocketPath(resolve(socket));
  const opened = platform.openSocket(path);
  if (!("path" in opened)) throw new Error("connected already"); // on Windows: the library takes that over
  const head = frameHead(
    encodeHeader({ v: PROTOCOL_VERSION, id: ID, verb: "get", name }),
    token?.length ?? 0,
  );
  const fetch = new QuickFetch(name, options);
  fetch.connect(opened.path, timeoutMs);
  fetch.send(head, token);
}

class QuickFetch implements FrameSink {
  readonly #name: string;
  readonly #options: QuickOptions;
  readonly #buffers = takeBuffers();
  readonly #decoder = new FrameDecoder(this, this.#buffers.scratch);
  readonly #socket: AgentSocket;
  #sent = false;
  #over = false;
  #fields: ReplyOf<"get"> | undefined;
  #bytes = secretBuffer(0);
  #filled = 0;
  #complete = false;

  constructor(name: string, options: QuickOptions) {
    this.#name = name;
    this.#options = options;
    const buffer = this.#buffers.read;
    const callback = (length: number): boolean => this.#read(buffer.subarray(0, length));
    this.#socket = new AgentSocket({ buffer, callback });
    this.#socket.on("connect", () => (this.#sent = true));
    this.#socket.on("error", (errno) => this.#fail({ errno }));
    this.#socket.on("end", () => this.#fail("closed"));
  }

  connect(path: string, timeoutMs: number): void {
    setTimeout(() => this.#fail("timeout"), timeoutMs);
    this.#socket.connect({ path });
  }

  /** The socket keeps it until it is connected. */
  send(head: Buffer, token: Uint8Array | undefined): void {
    if (token === undefined || token.length === 0) return void this.#socket.write(head);
    this.#socket.cork();
    this.#socket.write(head);
    this.#socket.write(token);
    this.#socket.uncork();
  }

  header(bytes: Uint8Array, payloadLength: number): void {
    const reply = decodeHeader(bytes);
    if (reply.get("ok") !== true) return this.#fail(payloadLength === 0 ? { refusal: reply } : "bad-reply");
    if (reply.get("id") !== ID) return this.#fail("bad-reply");
    this.#fields = decodeFields(reply, GET_REPLY, { strict: false });
    this.#bytes = secretBuffer(payloadLength);
  }

  payload(part: Uint8Array): void {
    this.#bytes.set(part, this.#filled);
    this.#filled += part.length;
  }

  end(): boolean {
    this.#complete = true;
    return false;
  }

  #read(bytes: Uint8Array): boolean {
    try {
      if (!this.#over) this.#decoder.push(bytes);
    } catch {
      this.#fail("bad-reply"); // the decoders know no other reason
    } finally {
      wipe(bytes);
    }
    if (this.#complete && !this.#over) this.#succeed();
    return true;
  }

  #succeed(): void {
    this.#over = true;
    if (this.#fields === undefined) return;
    this.#options.got({ name: this.#name, ...this.#fields, bytes: this.#bytes });
  }

  #fail(shortfall: Shortfall): void {
    if (this.#over) return;
    this.#over = true;
    this.#socket.destroy();
    wipe(this.#bytes);
    this.#buffers.scratch.fill(0);
    this.#options.failed(this.#sent ? shortfall : "not-sent");
  }
}
