import { Pty } from "../support/pty.ts";
import type { Machine } from "./machine.ts";
import { ENVIRONMENT } from "./programs.ts";

/** Installing and compiling take their time on a busy machine; cron takes up to a minute. */
const PATIENCE_MS = 600_000;
const STEP_MS = 50;
/** With the number of the command that comes next, and how the last one ended. */
const PROMPT = /\[(\d+) (\d+)\]root# $/;

/** What a person types when something is shown: a line, or a key such as Ctrl-C. */
export type Habit = readonly [shown: RegExp, typed: string];

/** Root at a terminal of a machine, in a login session of its own. Disposing closes the terminal. */
export class Person implements Disposable {
  readonly #terminal = new Pty();
  readonly #habits: readonly Habit[];
  #commands = 0;

  private constructor(machine: Machine, habits: readonly Habit[]) {
    this.#habits = habits;
    const shell = ["setsid", "--ctty", "--wait", "bash", "--noprofile", "--norc", "-i"] as const;
    const env = { ...ENVIRONMENT, PS1: "[\\# $?]root# ", TERM: "dumb", HISTFILE: "" };
    this.#terminal.spawn(machine.command(...shell), env);
  }

  /** Sits down before the prompt of a shell. */
  static async at(machine: Machine, habits: readonly Habit[]): Promise<Person> {
    const person = new Person(machine, habits);
    await person.#ends("the prompt", 0);
    await person.types("stty cols 500"); // no line is folded or scrolled
    return person;
  }

  /** All that was shown so far. */
  get screen(): string {
    return this.#terminal.screen;
  }

  /** Types a line as it stands, answers what is asked, and waits for the prompt. Returns the exit status. */
  async types(line: string): Promise<number> {
    const start = this.screen.length;
    this.#terminal.type(`${line}\r`);
    return this.#ends(line, start);
  }

  [Symbol.dispose](): void {
    this.#terminal[Symbol.dispose]();
  }

  async #ends(what: string, start: number): Promise<number> {
    this.#commands++;
    let seen = start;
    for (const end = performance.now() + PATIENCE_MS; performance.now() < end;) {
      seen = this.#answer(seen);
      const [, number, status] = PROMPT.exec(this.screen) ?? [];
      if (number === String(this.#commands)) return Number(status);
      await new Promise((resolve) => setTimeout(resolve, STEP_MS));
    }
    throw new Error(`no end of: ${what}\n${this.screen}`);
  }

  /** Answers the first thing that was shown after `from` and wants an answer. Returns where to look on. */
  #answer(from: number): number {
    const shown = this.screen.slice(from);
    for (const [pattern, typed] of this.#habits) {
      const match = pattern.exec(shown);
      if (match === null) continue;
      this.#terminal.type(typed);
      return from + match.index + match[0].length;
    }
    return from;
  }
}
