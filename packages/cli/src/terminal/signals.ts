/** Signals that end or stop a process: while a prompt hides what is typed, each must find the terminal put right first. */
const FATAL = ["SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM"] as const;
type Fatal = (typeof FATAL)[number];

/** What to do with the terminal around a signal. */
interface Guarded {
  /** Puts the terminal back as it was, and forgets what was typed where the process ends. */
  leave(ending: boolean): void;
  /** Hides what is typed again and repeats the question, after a stop. */
  enter(): void;
}

const OWN_GROUP = 0;
const SIGNAL_NUMBERS: Readonly<Record<Fatal, number>> = { SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGTERM: 15 };

/** Watches the signals from `start` to `stop`, and sends those that a hidden prompt keeps the terminal from sending. */
export class SignalGuard {
  readonly #guarded: Guarded;
  readonly #fatal = (signal: NodeJS.Signals): void => this.die(signal as Fatal, process.pid);
  readonly #stop = (): void => this.suspend(process.pid);
  readonly #continued = (): void => {
    if (!this.#resumed) this.#guarded.enter();
    this.#resumed = false;
  };
  /** `suspend` has gone on already when the event of the signal that continued us arrives. */
  #resumed = false;

  constructor(guarded: Guarded) {
    this.#guarded = guarded;
  }

  start(): void {
    for (const signal of FATAL) process.on(signal, this.#fatal);
    process.on("SIGTSTP", this.#stop);
    process.on("SIGCONT", this.#continued);
  }

  stop(): void {
    for (const signal of FATAL) process.off(signal, this.#fatal);
    process.off("SIGTSTP", this.#stop);
    process.off("SIGCONT", this.#continued);
  }

  /** Ends by the signal itself, so that a shell sees what happened. Typed at the terminal, it is for the whole group. */
  die(signal: Fatal, target = OWN_GROUP): never {
    this.#guarded.leave(true);
    this.stop();
    process.kill(target, signal);
    process.exit(128 + SIGNAL_NUMBERS[signal]); // only where the signal is ignored
  }

  /** Stops as the terminal would have stopped us; goes on here when the process is continued. */
  suspend(target = OWN_GROUP): void {
    this.#guarded.leave(false);
    process.off("SIGTSTP", this.#stop); // with no listener left, the signal stops us
    process.kill(target, "SIGTSTP");
    process.on("SIGTSTP", this.#stop);
    this.#resumed = true;
    this.#guarded.enter();
  }
}
