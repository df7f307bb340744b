import type { HeaderFields, Verb } from "@sotto/client/protocol";
import { frame, RawConnection, type RawReply } from "./raw-connection.ts";

/** A raw connection on which requests are numbered and, where they must succeed, checked. */
export class Asker implements Disposable {
  readonly raw: RawConnection;
  #lastId = 0;

  private constructor(raw: RawConnection) {
    this.raw = raw;
  }

  static async open(socket: string): Promise<Asker> {
    return new Asker(await RawConnection.open(socket));
  }

  /** A connection on which the passphrase has been proved. */
  static async proved(socket: string, passphrase: Uint8Array | string): Promise<Asker> {
    const asker = await Asker.open(socket);
    await asker.must("auth", {}, Buffer.from(passphrase));
    return asker;
  }

  /** The bytes of the next request. */
  frame(verb: Verb, fields: HeaderFields = {}, payload?: Uint8Array): Buffer {
    return frame({ v: 1, id: ++this.#lastId, verb, ...fields }, payload);
  }

  /** Sends a request and returns the answer, whatever it is. */
  ask(verb: Verb, fields: HeaderFields = {}, payload?: Uint8Array): Promise<RawReply> {
    return this.send(this.frame(verb, fields, payload));
  }

  /** Sends a request that must be granted. */
  async must(verb: Verb, fields: HeaderFields = {}, payload?: Uint8Array): Promise<RawReply> {
    const reply = await this.ask(verb, fields, payload);
    if (reply.header.get("ok") !== true) throw new Error(`${verb}: ${codeOf(reply)}`);
    return reply;
  }

  [Symbol.dispose](): void {
    this.raw[Symbol.dispose]();
  }

  private async send(bytes: Buffer): Promise<RawReply> {
    this.raw.send(bytes);
    const reply = await this.raw.reply();
    if (reply === undefined) throw new Error("closed without a reply");
    return reply;
  }
}

/** The code of a refusal, or `ok`. */
export function codeOf(reply: RawReply): string {
  return reply.header.get("ok") === true ? "ok" : String(reply.header.get("error"));
}
