import type { FileHandle } from "node:fs/promises";
import { open } from "node:fs/promises";
import { constants } from "node:fs";
import type { LastFetch } from "@sotto/client/protocol";
import { isSid } from "@sotto/client/protocol";
import { MAX_LINE_BYTES } from "./file-ends.ts";
import { rotatedNumbers, rotatedPath } from "./file-names.ts";

/** Read and searched at a time: what other peers wait for in between is a fraction of a millisecond. */
const SLICE_BYTES = 256 * 1024;
const NEWLINE = 0x0a;

/**
 * The newest fetch of a secret in the files, from the last line of the newest back to the first line of the oldest;
 * undefined when there is none, or when `gone` says that nobody waits any more.
 */
export async function searchFetch(
  path: string,
  name: string,
  gone: () => boolean,
): Promise<LastFetch | undefined> {
  const rotated = rotatedNumbers(path).reverse();
  for (const file of [path, ...rotated.map((number) => rotatedPath(path, number))]) {
    if (gone()) return undefined;
    const found = await searchFile(file, name, gone);
    if (found !== undefined) return found;
  }
  return undefined;
}

async function searchFile(path: string, name: string, gone: () => boolean): Promise<LastFetch | undefined> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const stat = await file.stat();
    return stat.isFile() ? await searchBack(file, stat.size, name, gone) : undefined;
  } catch {
    return undefined; // removed meanwhile, or not ours to read: the audit then knows no more
  } finally {
    await file?.close();
  }
}

/** Slice by slice from the end; a slice ends where a line ends, so that no line is looked at in two parts. */
async function searchBack(
  file: FileHandle,
  size: number,
  name: string,
  gone: () => boolean,
): Promise<LastFetch | undefined> {
  const buffer = Buffer.alloc(SLICE_BYTES);
  let end = size;
  while (end > 0 && !gone()) {
    const start = Math.max(0, end - SLICE_BYTES);
    const { bytesRead } = await file.read(buffer, 0, end - start, start);
    const slice = buffer.subarray(0, bytesRead);
    if (bytesRead < end - start) return undefined; // cut meanwhile
    const firstLine = start === 0 ? 0 : slice.subarray(0, MAX_LINE_BYTES).indexOf(NEWLINE) + 1;
    if (start > 0 && firstLine === 0) return undefined; // no audit
    const found = lastFetchIn(slice.subarray(firstLine), name);
    if (found !== undefined) return found;
    end = start === 0 ? 0 : start + firstLine;
  }
  return undefined;
}

/** The last line of these that is a fetch of `name`. */
function lastFetchIn(lines: Buffer, name: string): LastFetch | undefined {
  const mark = Buffer.from(`"name":"${name}"`); // of a name nothing is ever escaped
  let end = lines.length;
  while (end > 0) {
    const at = lines.subarray(0, end).lastIndexOf(mark);
    if (at < 0) return undefined;
    const start = lines.subarray(0, at).lastIndexOf(NEWLINE) + 1;
    const length = lines.subarray(start, end).indexOf(NEWLINE);
    const line = lines.subarray(start, length < 0 ? end : start + length);
    const found = line.length > MAX_LINE_BYTES ? undefined : asFetch(line.toString(), name);
    if (found !== undefined) return found;
    end = start;
  }
  return undefined;
}

/** Strictly: what a file says goes into a reply. */
function asFetch(line: string, wanted: string): LastFetch | undefined {
  let record: Partial<Record<string, unknown>>;
  try {
    record = JSON.parse(line) as Partial<Record<string, unknown>>;
  } catch {
    return undefined;
  }
  const { verb, result, name, pid, rule } = record;
  if (verb !== "get" || result !== "allowed" || name !== wanted) return undefined;
  const time = Date.parse(String(record["time"]));
  const account = accountOf(record);
  if (!isCount(time) || account === undefined || !isCount(pid)) return undefined;
  return {
    time,
    ...account,
    pid,
    ...(typeof rule === "string" && /^[0-9a-f]{1,32}$/.test(rule) && { rule }),
  };
}

function accountOf({
  uid,
  sid,
}: Partial<Record<string, unknown>>): Pick<LastFetch, "uid" | "sid"> | undefined {
  if (typeof sid === "string" && isSid(sid)) return { sid };
  return isCount(uid) ? { uid } : undefined;
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;
