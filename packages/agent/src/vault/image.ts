import sodium from "sodium-native";
import { AgentError } from "../errors.ts";
import { decrypt, encrypt, NONCE_BYTES, TAG_BYTES } from "./aead.ts";
import type { Contents } from "./contents.ts";
import { damaged } from "./damage.ts";
import { derive, KEY_BYTES, randomPublic, uint64 } from "./derive.ts";
import type { Header } from "./header.ts";
import { beforeMac, headerLength, macOf, PAYLOAD_BLOCK, readHeader, writeHeader } from "./header.ts";
import { MAX_VAULT_BYTES } from "./limits.ts";
import type { EncodedPayload } from "./payload.ts";
import { encodePayload } from "./payload.ts";
import type { OpenSlot } from "./slot.ts";
import type { Workspace } from "./workspace.ts";

/** Before the msgpack document: its length, u32. */
const LENGTH_BYTES = 4;

/** What a save writes. */
export interface ImageFields extends Omit<Header, "payloadNonce" | "slots"> {
  readonly slots: readonly OpenSlot[];
  readonly contents: Contents;
}

/** A whole vault file, ready to be written. */
export interface Image {
  readonly bytes: Buffer;
  /** What must come out again when it is opened. */
  readonly document: EncodedPayload;
}

/** A vault file whose payload is not encrypted yet: the values in it are sealed, the names are not. */
export interface Draft extends Image {
  readonly fields: ImageFields;
}

/** Lays out the file. Throws `too-large` above 256 MiB. */
export async function draftImage(fields: ImageFields): Promise<Draft> {
  const document = await encodePayload(fields.contents, fields.slots);
  const padded = Math.ceil((LENGTH_BYTES + document.length) / PAYLOAD_BLOCK) * PAYLOAD_BLOCK;
  const start = headerLength(fields.slots);
  if (start + padded + TAG_BYTES > MAX_VAULT_BYTES) throw new AgentError("too-large");
  const bytes = Buffer.alloc(start + padded + TAG_BYTES);
  bytes.writeUInt32LE(document.length, start);
  await document.writeTo(bytes.subarray(start + LENGTH_BYTES));
  return { bytes, document, fields };
}

/** Encrypts the payload where it lies, and completes the header. */
export function sealImage({ bytes, fields }: Draft, fileKey: Buffer, workspace: Workspace): void {
  const start = headerLength(fields.slots);
  const plain = bytes.subarray(start, -TAG_BYTES);
  const header = { ...fields, payloadNonce: randomPublic(NONCE_BYTES) };
  const headerBytes = writeHeader(bytes, header);
  headerMac(macOf(headerBytes), headerBytes, header, fileKey, workspace);
  withSaveKey("payload", header, fileKey, workspace, (key) =>
    encrypt(bytes.subarray(start), plain, headerBytes, header.payloadNonce, key),
  );
}

/**
 * Checks MAC and payload of a file whose header `readHeader` has read, and decrypts it where it lies.
 * Returns the msgpack document, a view. Throws `vault-damaged`: `mac` or `payload`.
 */
export function openImage(
  file: Buffer,
  header: ReturnType<typeof readHeader>,
  fileKey: Buffer,
  workspace: Workspace,
): Buffer {
  const mac = Buffer.alloc(KEY_BYTES);
  headerMac(mac, header.bytes, header, fileKey, workspace);
  if (!sodium.sodium_memcmp(mac, macOf(header.bytes))) throw damaged("mac");
  const sealed = file.subarray(header.bytes.length);
  const plain = sealed.subarray(0, sealed.length - TAG_BYTES);
  const good = withSaveKey("payload", header, fileKey, workspace, (key) =>
    decrypt(plain, sealed, header.bytes, header.payloadNonce, key),
  );
  if (!good) throw damaged("payload");
  return unpad(plain);
}

/**
 * Opens an image as any file is opened, which uses it up: out must come what went in. Rejects when it does not.
 * `withFileKey` runs what needs the key, in one turn.
 */
export async function checkImage(
  { bytes, document }: Image,
  withFileKey: <T>(work: (fileKey: Buffer) => T) => T,
  workspace: Workspace,
): Promise<void> {
  const opened = withFileKey((fileKey) => openImage(bytes, readHeader(bytes), fileKey, workspace));
  if (!(await document.equals(opened))) throw new Error("the new vault opens to something else");
}

/** The document without its length and padding: less than a block of zeros, nothing else. */
function unpad(plain: Buffer): Buffer {
  const end = LENGTH_BYTES + plain.readUInt32LE();
  if (end > plain.length || plain.length - end >= PAYLOAD_BLOCK) throw damaged("payload");
  if (plain.subarray(end).some((byte) => byte !== 0)) throw damaged("payload");
  return plain.subarray(LENGTH_BYTES, end);
}

function headerMac(
  target: Buffer,
  headerBytes: Buffer,
  header: Header,
  fileKey: Buffer,
  workspace: Workspace,
): void {
  withSaveKey("header", header, fileKey, workspace, (key) =>
    sodium.crypto_generichash(target, beforeMac(headerBytes), key),
  );
}

/** Keys of one save: bound to its vault, generation and nonce, so that no two saves share one. */
function withSaveKey<T>(
  purpose: "header" | "payload",
  header: Header,
  fileKey: Buffer,
  workspace: Workspace,
  work: (key: Buffer) => T,
): T {
  return workspace.key(0, (key) => {
    derive(key, fileKey, purpose, [header.vaultId, uint64(header.generation), header.payloadNonce]);
    return work(key);
  });
}
