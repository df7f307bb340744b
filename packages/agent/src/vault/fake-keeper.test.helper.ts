import type { KeyKeeper, KeepScope } from "../platform/index.ts";

/** What the fake gives out for a key: a number, so that the key is nowhere in it. */
const TICKET_BYTES = 200;

/** Keeps keys as a system does: for one account of one machine. Another instance is another machine. */
export class FakeKeeper implements KeyKeeper {
  readonly keys: { scope: KeepScope; key: Buffer; context: Buffer }[] = [];
  account = "alice";
  readonly #owners: string[] = [];

  keep(scope: KeepScope, key: Buffer, context: Buffer): Promise<Buffer> {
    const ticket = Buffer.alloc(TICKET_BYTES, 0xab);
    ticket.writeUInt32LE(this.keys.push({ scope, key: Buffer.from(key), context }));
    this.#owners.push(this.account);
    return Promise.resolve(ticket);
  }

  give(kept: Buffer, context: Buffer, target: Buffer): Promise<boolean> {
    const number = kept.readUInt32LE() - 1;
    const found = this.keys[number];
    const mine = found?.scope === "machine" || this.#owners[number] === this.account;
    if (found === undefined || !mine || !found.context.equals(context)) return Promise.resolve(false);
    found.key.copy(target);
    return Promise.resolve(true);
  }
}
