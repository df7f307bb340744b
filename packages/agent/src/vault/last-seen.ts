import type { Stamp } from "./header.ts";
import { readStart, withFile } from "./files.ts";

/** Longer than any record. */
const MAX_BYTES = 128;
const RECORD = /^sotto last-seen 1 ([0-9a-f]{32}) ([1-9][0-9]{0,15})\n$/;

/** One line of text: the vault's id and the generation of its last save seen. */
export function encodeLastSeen(stamp: Stamp): Buffer {
  return Buffer.from(`sotto last-seen 1 ${stamp.vaultId.toString("hex")} ${stamp.generation}\n`, "latin1");
}

/** undefined when there is no record, or none that can be read: the unlock then says so. */
export async function readLastSeen(path: string): Promise<Stamp | undefined> {
  try {
    const bytes = await withFile(path, (fd) => readStart(fd, MAX_BYTES));
    const [, id = "", generation = ""] = RECORD.exec(bytes.toString("latin1")) ?? [];
    return Number.isSafeInteger(Number(generation)) && id !== ""
      ? { vaultId: Buffer.from(id, "hex"), generation: Number(generation) }
      : undefined;
  } catch {
    return undefined;
  }
}
