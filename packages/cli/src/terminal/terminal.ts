import { closeSync, openSync } from "node:fs";
import { ReadStream } from "node:tty";
import { wipe } from "@sotto/client";
import { EXIT, Failure, usage } from "../failure/failure.ts";
import { writeAll } from "../output/write.ts";
import { TERMINAL } from "../platform/terminal.ts";
import { Ahead } from "./ahead.ts";
import { Line } from "./line.ts";
import { SignalGuard } from "./signals.ts";
import { secretBuffer } from "@sotto/client";

const CHUNK = 4096;
const BELL = "\x07";

interface Question {
  readonly line: Line;
  readonly prompt: string;
  readonly limit: number;
  readonly resolve: (typed: Buffer) => void;
  readonly reject: (reason: Failure) => void;
}

/**
 * The terminal that this process belongs to, whatever its stdin and stdout are. What is typed at a question is not shown,
 * and passes through buffers that are wiped: the one that the terminal is read into, and the line.
 */
export class Terminal {
  readonly #out: number;
  readonly #input: ReadStream;
  readonly #ahead = new Ahead(TERMINAL.stops ? TERMINAL.input : undefined, CHUNK);
  #question: Question | undefined;
  #raw = false;
  readonly #signals = new SignalGuard({
    leave: (ending) => this.#leave(ending),
    enter: () => this.#enterAgain(),
  });

  /** Throws where there is no terminal. */
  constructor() {
    this.#out = openSync(TERMINAL.output, "w");
    const chunk = secretBuffer(CHUNK);
    const options = {
      onread: { buffer: chunk, callback: (count: number): boolean => this.#receive(chunk, count) },
    };
    this.#input = new ReadStream(openSync(TERMINAL.input, "r+"), options as object);
    this.#input.on("error", () => this.#hungUp());
    this.#input.on("end", () => this.#hungUp());
    process.on("exit", this.#restore);
  }

  /** Shows text; never a secret. A terminal that has gone is noticed where it is read. */
  show(text: string): void {
    try {
      writeAll(this.#out, Buffer.from(text));
    } catch {
      // nobody sees it
    }
  }

  /** Asks for one line of at most `limit` bytes, without echo. The caller wipes the result. */
  ask(prompt: string, limit: number): Promise<Buffer> {
    return this.hidden(() => this.#askOne(prompt, limit));
  }

  /** Hides what is typed while `work` runs: between its questions too, for those who type ahead. */
  async hidden<T>(work: () => Promise<T>): Promise<T> {
    if (this.#raw) return work();
    this.#signals.start();
    this.#hide();
    try {
      return await work();
    } finally {
      this.#leave(false);
      this.#signals.stop();
    }
  }

  close(): void {
    this.#ahead.drop();
    this.#input.destroy();
    process.off("exit", this.#restore);
    closeSync(this.#out);
  }

  #askOne(prompt: string, limit: number): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      this.#question = { line: new Line(limit), prompt, limit, resolve, reject };
      this.show(prompt);
      this.#takeAhead();
      this.#readOn();
    });
  }

  /** Unless what was typed ahead has answered already. */
  #readOn(): void {
    if (this.#question !== undefined) this.#input.resume();
  }

  #hide(): void {
    this.#input.setRawMode(true);
    this.#raw = true;
  }

  /** After a stop the mode is whatever the shell has set: what libuv believes it to be has to be forgotten first. */
  #enterAgain(): void {
    this.#input.setRawMode(false);
    this.#hide();
    this.show(this.#question?.prompt ?? "");
  }

  readonly #restore = (): void => {
    if (!this.#raw) return;
    this.#raw = false;
    this.#input.setRawMode(false);
  };

  /** What was typed so far is forgotten: after a stop the question is asked anew. */
  #leave(ending: boolean): void {
    const question = this.#question;
    if (ending) this.#question = undefined;
    this.#restore();
    question?.line.clear();
    if (question !== undefined) this.show("\n");
    if (ending) this.#ahead.drop();
  }

  /** Called with what was read; returns whether to read on. */
  #receive(chunk: Buffer, count: number): boolean {
    this.#feed(chunk.subarray(0, count));
    wipe(chunk);
    return this.#question !== undefined;
  }

  /** Feeds bytes to the question; keeps what comes after its end. */
  #feed(bytes: Buffer): void {
    let at = 0;
    while (at < bytes.length && this.#question !== undefined) {
      const byte = bytes[at++] ?? 0;
      this.#press(byte, this.#question);
    }
    this.#ahead.keep(bytes.subarray(at));
  }

  #takeAhead(): void {
    const bytes = this.#ahead.take();
    this.#feed(bytes);
    wipe(bytes);
  }

  #press(byte: number, question: Question): void {
    switch (question.line.push(byte)) {
      case "bell":
        return this.show(BELL);
      case "interrupt":
        return this.#signals.die("SIGINT");
      case "quit":
        return this.#signals.die("SIGQUIT");
      case "suspend":
        return TERMINAL.stops ? this.#signals.suspend() : this.show(BELL);
      case "end":
        return this.#settle(question, new Failure(EXIT.passphrase, "nothing was typed"));
      case "line":
        return this.#settle(question, question.line.overflowed ? tooLong(question) : undefined);
      case undefined:
        return;
    }
  }

  #settle(question: Question, failure?: Failure): void {
    this.#question = undefined;
    this.show("\n");
    if (failure === undefined) question.resolve(question.line.take());
    else question.reject(failure);
    question.line.clear();
  }

  /** The end that the kernel's SIGHUP would bring as well: Node itself aborts when it exits normally on such a terminal. */
  #hungUp(): void {
    if (this.#question !== undefined) this.#signals.die("SIGHUP", process.pid);
  }
}

const tooLong = ({ limit }: Question): Failure => usage(`what was typed is longer than ${limit} bytes`);

let opened: Terminal | undefined;

/** The terminal, opened once for the life of the process; undefined where there is none. */
export function openTerminal(): Terminal | undefined {
  try {
    opened ??= new Terminal();
  } catch {
    return undefined;
  }
  return opened;
}

/** To be called at the end of a command. */
export function closeTerminal(): void {
  opened?.close();
  opened = undefined;
}
