import { pack } from "@sotto/client/protocol";
import type { Rule } from "../access/rule.ts";
import { AgentError } from "../errors.ts";
import type { Contents, Secret, Token } from "./contents.ts";
import type { PayloadSink } from "./payload-sink.ts";
import { HEAD_BYTES, PayloadComparison, PayloadWriter } from "./payload-sink.ts";
import { inSlices } from "./slices.ts";
import { readPayload, readRules, readSecret, readTokens, unpackStrictly } from "./schema.ts";
import type { OpenSlot, PublicKey, SlotIdentity, SlotRecord } from "./slot.ts";

type SlotKey = Pick<SlotIdentity, "id"> & PublicKey;

// Heads of msgpack containers (https://github.com/msgpack/msgpack/blob/master/spec.md).
const FIXMAP = 0x80;
const ARRAY_32 = 0xdd;
const BIN_32 = 0xc6;

/*
 * Secrets, rules, tokens and the lists of them never change, they are replaced: what is encoded and judged once stays so,
 * and a save costs little however many there are.
 */
const descriptions = new WeakMap<Secret, Buffer>();
const encodedLists = new WeakMap<readonly (Rule | Token)[], Buffer>();
const encodedItems = new WeakMap<Rule | Token, Buffer>();

/**
 * An encoded payload, measured and not yet written: the sealed values are copied once, to where they are wanted. All of it
 * in slices, so that nobody waits for a large vault.
 */
export interface EncodedPayload {
  /** In bytes. */
  readonly length: number;
  /** Writes it to the start of `target`. */
  writeTo(target: Buffer): Promise<void>;
  /** Whether `bytes` are exactly this payload. */
  equals(bytes: Buffer): Promise<boolean>;
}

/** Encodes a payload. What the reader would refuse is never written: it throws `internal` instead. */
export async function encodePayload(contents: Contents, slots: readonly SlotKey[]): Promise<EncodedPayload> {
  const keys = slots.map(({ id, publicKey }) => ({ id, key: publicKey }));
  const before = Buffer.concat([Buffer.from([FIXMAP | 5]), pack("secrets")]);
  const after = Buffer.concat([
    pack("rules"),
    await encodeList(contents.rules, ({ id }) => id, readRules),
    pack("tokens"),
    await encodeList(contents.tokens, ({ label }) => label, readTokens),
    entries({ settings: {}, slots: keys }, 2),
  ]);
  const emit = async (sink: PayloadSink): Promise<void> => {
    sink.bytes(before);
    sink.head(ARRAY_32, contents.secrets.size);
    await inSlices(contents.secrets.values(), (secret) => emitSecret(secret, sink));
    sink.bytes(after);
  };
  return {
    length: before.length + HEAD_BYTES + (await secretsLength(contents.secrets)) + after.length,
    writeTo: (target) => emit(new PayloadWriter(target)),
    equals: async (bytes) => {
      const comparison = new PayloadComparison(bytes);
      await emit(comparison);
      return comparison.isSame;
    },
  };
}

/** Decodes a payload. `slots` are those of the header. Throws `vault-damaged` (`schema`). Buffers are views into `bytes`. */
export function decodePayload(
  bytes: Buffer,
  slots: readonly SlotRecord[],
): { contents: Contents; slots: OpenSlot[] } {
  return readPayload(bytes, slots, (secret, description) => descriptions.set(secret, description));
}

async function secretsLength(secrets: ReadonlyMap<string, Secret>): Promise<number> {
  let sum = 0;
  await inSlices(secrets, ([name, secret]) => {
    if (name !== secret.name) throw new AgentError("internal");
    const description = encodeDescription(secret);
    sum += 2 * HEAD_BYTES + description.length;
    for (const { sealed } of secret.versions) sum += HEAD_BYTES + sealed.length;
    return description.length;
  });
  return sum;
}

/** An array: the description as bytes, then the sealed value of each version. Returns how many bytes that is, about. */
function emitSecret(secret: Secret, sink: PayloadSink): number {
  const description = encodeDescription(secret);
  let bytes = description.length;
  sink.head(ARRAY_32, 1 + secret.versions.length);
  sink.head(BIN_32, description.length);
  sink.bytes(description);
  for (const { sealed } of secret.versions) {
    sink.head(BIN_32, sealed.length);
    sink.bytes(sealed);
    bytes += sealed.length;
  }
  return bytes;
}

/** Everything of a secret but its sealed values. */
function encodeDescription(secret: Secret): Buffer {
  const known = descriptions.get(secret);
  if (known !== undefined) return known;
  const { id, name, attributes } = secret;
  const versions = secret.versions.map(({ number, created, size }) => ({ number, created, size }));
  const description = pack({ id, name, attributes, versions });
  judge(() => readSecret([description, ...secret.versions.map(({ sealed }) => sealed)]));
  descriptions.set(secret, description);
  return description;
}

/** `keyOf` tells what no two of a list may share, `read` what the reader makes of a list. */
async function encodeList<T extends Rule | Token>(
  list: readonly T[],
  keyOf: (item: T) => string,
  read: (value: unknown) => unknown,
): Promise<Buffer> {
  const known = encodedLists.get(list);
  if (known !== undefined) return known;
  if (new Set(list.map(keyOf)).size !== list.length) throw new AgentError("internal");
  const head = Buffer.alloc(HEAD_BYTES);
  new PayloadWriter(head).head(ARRAY_32, list.length);
  const parts: Buffer[] = [head];
  await inSlices(list, (item) => {
    const encoded = encodeItem(item, read);
    parts.push(encoded);
    return encoded.length;
  });
  const encoded = Buffer.concat(parts);
  encodedLists.set(list, encoded);
  return encoded;
}

function encodeItem(item: Rule | Token, read: (value: unknown) => unknown): Buffer {
  const known = encodedItems.get(item);
  if (known !== undefined) return known;
  judge(() => read(unpackStrictly(pack({ list: [item] })).get("list")));
  const encoded = pack(item);
  encodedItems.set(item, encoded);
  return encoded;
}

/** A vault that nobody could open again must not be written, whatever mistake led to it. */
function judge(read: () => unknown): void {
  try {
    read();
  } catch (error) {
    throw new AgentError("internal", { cause: error });
  }
}

/** The entries of a small map without its head, to go on in another one. */
function entries(fields: Readonly<Record<string, unknown>>, count: number): Buffer {
  const packed = pack(fields);
  if (packed[0] !== (FIXMAP | count)) throw new AgentError("internal");
  return packed.subarray(1);
}
