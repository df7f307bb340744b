import { constants, openSync, readSync } from "node:fs";
import { wipe } from "@sotto/client";
import { secretBuffer, secretCopy } from "@sotto/client";

/** What was typed after the end of a line: for the next question. */
export class Ahead {
  readonly #path: string | undefined;
  readonly #bytes: Buffer;
  #length = 0;

  /** For the terminal at `path`, undefined where reading would wait; keeps what one read of it can bring. */
  constructor(path: string | undefined, size: number) {
    this.#path = path;
    this.#bytes = secretBuffer(size);
  }

  /** Keeps bytes; there must be none kept already. */
  keep(bytes: Uint8Array): void {
    this.#bytes.set(bytes);
    this.#length = bytes.length;
  }

  /** What was kept, in a buffer of its own that the caller wipes. */
  take(): Buffer {
    const taken = secretCopy(this.#bytes, this.#length);
    this.#forget();
    return taken;
  }

  /**
   * When more lines than questions were pasted, the rest, here and in the terminal itself, must not reach the shell
   * as commands, on screen and in its history: it could be the rest of a key.
   */
  drop(): void {
    if (this.#length === 0) return;
    this.#forget();
    if (this.#path !== undefined) drain(this.#path, this.#bytes);
    wipe(this.#bytes);
  }

  #forget(): void {
    wipe(this.#bytes);
    this.#length = 0;
  }
}

function drain(path: string, scratch: Buffer): void {
  try {
    const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    while (readSync(fd, scratch) > 0); // ends with EAGAIN, and the descriptor with the process
  } catch {
    // nothing is left, or the terminal has gone
  }
}
