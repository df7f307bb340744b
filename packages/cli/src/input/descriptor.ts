import { readSync } from "node:fs";
import { wipe } from "@sotto/client";
import { MAX_PASSPHRASE_BYTES, MAX_PAYLOAD_BYTES } from "@sotto/client/protocol";
import type { Failure } from "../failure/failure.ts";
import { usage } from "../failure/failure.ts";
import { pause } from "../output/write.ts";
import { isHandedOver } from "../platform/inherited.ts";
import { isTerminal } from "../terminal/is-terminal.ts";
import { secretBuffer, secretCopy } from "@sotto/client";

const LINE_FEED = 0x0a;
const AGAIN_MS = 5;

interface Reading {
  /** Most bytes of the result. */
  readonly limit: number;
  /** Leave out one newline at the end. */
  readonly trim: boolean;
}

/**
 * Reads a descriptor to its end into one buffer of its own, which the caller wipes. `source` names the option.
 * Throws a usage failure for what is longer, cannot be read, or is a terminal (it would show what is typed).
 */
export function readDescriptor(fd: number, source: string, { limit, trim }: Reading): Buffer {
  if (isTerminal(fd))
    throw usage(`${source} is a terminal`, "leave the option out to be prompted without echo");
  const room = secretBuffer(limit + 2); // one for the newline, one to see that there is more
  try {
    const length = fill(fd, source, room);
    const end = trim && length > 0 && room[length - 1] === LINE_FEED ? length - 1 : length;
    if (end > limit) throw tooLong(source, limit);
    return secretCopy(room, end);
  } finally {
    wipe(room);
  }
}

/** Fills the buffer to its end or to the end of the input; returns how far. */
function fill(fd: number, source: string, room: Buffer): number {
  let length = 0;
  while (length < room.length) {
    const count = readSome(fd, source, room, length);
    if (count === 0) break;
    length += count;
  }
  return length;
}

function readSome(fd: number, source: string, room: Buffer, at: number): number {
  for (;;) {
    try {
      return readSync(fd, room, at, room.length - at, null);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? "";
      if (code === "EOF") return 0; // so Windows tells the end of a pipe
      if (code !== "EAGAIN") throw unreadable(source, code);
      pause(AGAIN_MS);
    }
  }
}

export const tooLong = (source: string, limit: number): Failure =>
  usage(`${source} gives more than ${sizeText(limit)}`);

export const unreadable = (source: string, code: string): Failure =>
  usage(`${source} cannot be read (${code})`, "is the descriptor open?");

const sizeText = (bytes: number): string =>
  bytes >= 1024 * 1024 ? `${bytes / 1024 / 1024} MiB` : `${bytes} bytes`;

/** A passphrase or recovery code: one newline at the end does not belong to it. */
export const readPassphrase = (fd: number, source: string): Buffer =>
  readHandedOver(fd, source, { limit: MAX_PASSPHRASE_BYTES, trim: true });

/** A value: the exact bytes, unless `trim`. */
export const readValue = (fd: number, source: string, trim: boolean): Buffer =>
  readHandedOver(fd, source, { limit: MAX_PAYLOAD_BYTES, trim });

function readHandedOver(fd: number, source: string, reading: Reading): Buffer {
  if (!isHandedOver(fd)) throw unreadable(source, "EBADF");
  return readDescriptor(fd, source, reading);
}
