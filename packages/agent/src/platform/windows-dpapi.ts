import { api } from "@sotto/client/win32";
import koffi from "koffi";
import type { KeepScope, KeyKeeper } from "./types.ts";

/**
 * Keys that DPAPI keeps (CryptProtectData, CryptUnprotectData of `dpapi.h`): encrypted for the account that runs this
 * process, which its logon opens, or for everybody on this machine. Plaintext lies in secure memory and in what Windows
 * allocates, which is wiped before it is given back; copies that Windows makes inside of itself are out of reach.
 */
const crypt32 = koffi.load("crypt32.dll");
const PARAMETERS =
  "(void *in, void *description, void *entropy, void *reserved, void *prompt, uint32 flags, void *out)";
type Crypt = ReturnType<typeof crypt32.func>;
const cryptProtectData: Crypt = crypt32.func(`int __stdcall CryptProtectData${PARAMETERS}`);
const cryptUnprotectData: Crypt = crypt32.func(`int __stdcall CryptUnprotectData${PARAMETERS}`);

/** No window to ask anybody anything: the agent has no desktop. */
const UI_FORBIDDEN = 0x1;
const FLAGS: Readonly<Record<KeepScope, number>> = { user: UI_FORBIDDEN, machine: UI_FORBIDDEN | 0x4 };

/** A DATA_BLOB is a length, u32, and an address, u64. */
const BLOB_BYTES = 16;
const ADDRESS_OFFSET = 8;

export const dpapi: KeyKeeper = { keep, give };

async function keep(scope: KeepScope, key: Buffer, context: Buffer): Promise<Buffer> {
  const kept = await crypt(cryptProtectData, key, context, FLAGS[scope], (bytes) => Buffer.from(bytes));
  if (kept === undefined) throw new Error("CryptProtectData failed");
  return kept;
}

async function give(kept: Buffer, context: Buffer, target: Buffer): Promise<boolean> {
  const copied = await crypt(cryptUnprotectData, kept, context, UI_FORBIDDEN, (bytes) => {
    if (bytes.length !== target.length) return false;
    target.set(bytes);
    return true;
  });
  return copied ?? false;
}

/** Runs one of the two on the thread pool, for it may ask a domain controller; gives `use` what came out. undefined: refused. */
function crypt<T>(
  call: Crypt,
  input: Buffer,
  context: Buffer,
  flags: number,
  use: (bytes: Uint8Array) => T,
): Promise<T | undefined> {
  const [data, entropy, out] = [blobOf(input), blobOf(context), Buffer.alloc(BLOB_BYTES)];
  const held = [input, context]; // the blobs hold their addresses only
  return new Promise((resolve, reject) => {
    call.async(data, null, entropy, null, null, flags, out, (error: unknown, result: number) => {
      held.length = 0;
      if (error !== null) reject(new Error("DPAPI could not be called", { cause: error }));
      else resolve(result === 0 ? undefined : takeOver(out, use));
    });
  });
}

function blobOf(bytes: Buffer): Buffer {
  const blob = Buffer.alloc(BLOB_BYTES);
  blob.writeUInt32LE(bytes.length);
  blob.writeBigUInt64LE(koffi.address(bytes), ADDRESS_OFFSET);
  return blob;
}

/** Lets `use` have what Windows allocated, then wipes it and gives it back. `out`: a DATA_BLOB. */
export function takeOver<T>(
  out: Buffer,
  use: (bytes: Uint8Array) => T,
  free: (address: bigint) => unknown = api.localFree,
): T {
  const address = out.readBigUInt64LE(ADDRESS_OFFSET);
  const bytes = new Uint8Array(koffi.view(address, out.readUInt32LE()));
  try {
    return use(bytes);
  } finally {
    bytes.fill(0);
    free(address);
  }
}
