import { frame, RawConnection, type RawReply } from "./raw-connection.ts";

/** msgpack written by hand, because no library writes what these tests need. */
export type Bytes = Uint8Array;

/** Bytes from hexadecimal digits with spaces. */
export const hex = (digits: string): Buffer => Buffer.from(digits.replaceAll(/\s/g, ""), "hex");

/** A string of at most 255 bytes, which need not be UTF-8. */
export function str(text: string | Bytes): Buffer {
  const bytes = Buffer.from(text);
  const lead = bytes.length < 32 ? [0xa0 + bytes.length] : [0xd9, bytes.length];
  return Buffer.concat([Buffer.from(lead), bytes]);
}

/** A map of at most 15 entries, in this order, with keys of any type and as often as given. */
export function map(...entries: readonly (readonly [key: Bytes, value: Bytes])[]): Buffer {
  return Buffer.concat([Buffer.from([0x80 + entries.length]), ...entries.flat()]);
}

/** The integer 1, for fields whose value does not matter. */
export const ONE = hex("01");

/** A header that asks for the status, with fields replaced (undefined: left out) or added as bytes. */
export function statusHeader(fields: Readonly<Record<string, Bytes | undefined>> = {}): Buffer {
  const all = { v: ONE, id: hex("07"), verb: str("status"), ...fields };
  const present = Object.entries(all) as [string, Bytes | undefined][];
  return map(...present.flatMap(([key, value]) => (value !== undefined ? [[str(key), value] as const] : [])));
}

/** A header that asks for the secret of a name of any bytes. */
export const getHeader = (name: string | Bytes): Buffer =>
  statusHeader({ verb: str("get"), name: str(name) });

/** A map around a value that is no field of any request. */
export const containing = (value: Bytes): Buffer => statusHeader({ x: value });

/** What an agent made of bytes on a connection of their own. */
export interface Outcome {
  /** `ok`, the code of the error, or `closed` without a word. */
  readonly answer: string;
  readonly id: unknown;
  /** Whether the agent closed the connection after its answer. */
  readonly closed: boolean;
  /** All bytes of the answer. */
  readonly bytes: Buffer;
  readonly supported: unknown;
}

/** What becomes of bytes that are no frame. */
export const BAD_FRAME = { answer: "bad-frame", id: null, closed: true } as const;

/** Sends bytes and, after their answer, a valid request: it tells a connection that goes on from one that is closed. */
export async function outcomeOf(socket: string, bytes: Bytes): Promise<Outcome> {
  using connection = await RawConnection.open(socket);
  connection.send(bytes);
  const reply = await connection.reply();
  const goesOn = reply !== undefined && (await answersNext(connection));
  return {
    answer: answerOf(reply),
    id: reply?.header.get("id"),
    closed: !goesOn,
    bytes: reply?.bytes ?? Buffer.alloc(0),
    supported: reply?.header.get("supported"),
  };
}

function answerOf(reply: RawReply | undefined): string {
  if (reply === undefined) return "closed";
  return reply.header.get("ok") === true ? "ok" : String(reply.header.get("error"));
}

async function answersNext(connection: RawConnection): Promise<boolean> {
  connection.send(frame({ v: 1, id: 1, verb: "status" }));
  return (await connection.reply())?.header.get("ok") === true;
}

/** What an agent made of a header in a frame of its own. */
export const outcomeOfHeader = (socket: string, header: Bytes): Promise<Outcome> =>
  outcomeOf(socket, frame(Buffer.from(header)));

/** Runs a task for each item, a few at a time: one user may hold only so many connections. */
export async function forEach<T>(items: Iterable<T>, task: (item: T) => Promise<void>): Promise<void> {
  const left = items[Symbol.iterator]();
  const worker = async (): Promise<void> => {
    for (let next = left.next(); next.done !== true; next = left.next()) await task(next.value);
  };
  await Promise.all(Array.from({ length: 8 }, worker));
}
