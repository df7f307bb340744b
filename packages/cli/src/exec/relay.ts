import type { ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import type { End } from "../launcher/spawn.ts";

/** What may be sent to the command by sending it to us. */
const RELAYED: readonly NodeJS.Signals[] = [
  ...(["SIGHUP", "SIGINT", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGALRM"] as const),
  ...(["SIGTERM", "SIGCONT", "SIGTSTP", "SIGWINCH"] as const),
];
/** What a terminal sends to every process of the group in its foreground when a key is pressed. */
const OF_A_KEY: ReadonlySet<NodeJS.Signals> = new Set(["SIGINT", "SIGQUIT", "SIGTSTP"]);

/** Passes signals on to the command. Begins before the command is there, so that none is lost or ends us alone. */
export class Relay {
  readonly #early: NodeJS.Signals[] = [];
  #child: ChildProcess | undefined;

  constructor() {
    for (const signal of RELAYED) process.on(signal, this.#pass);
  }

  /** The command that signals are for from now on. */
  attach(child: ChildProcess): void {
    this.#child = child;
    for (const signal of this.#early.splice(0)) this.#pass(signal);
  }

  /** Back to what signals do by default. */
  stop(): void {
    for (const signal of RELAYED) process.off(signal, this.#pass);
  }

  readonly #pass = (signal: NodeJS.Signals): void => {
    if (this.#child === undefined) return void this.#early.push(signal);
    if (!OF_A_KEY.has(signal) || !isInForeground()) this.#child.kill(signal);
    if (signal === "SIGTSTP") this.#stopOurselves();
  };

  /** Whoever waits for us, a shell, shall see that the job was stopped. */
  #stopOurselves(): void {
    process.off("SIGTSTP", this.#pass);
    process.kill(process.pid, "SIGTSTP");
    process.on("SIGTSTP", this.#pass);
  }
}

/** Whether keys of a terminal reach this process group, and so the command too (proc_pid_stat(5): pgrp and tpgid). */
function isInForeground(): boolean {
  const stat = readFileSync("/proc/self/stat", "latin1");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields[2] === fields[5];
}

/** Ends as the command ended: with its exit status, or by the signal that it died of. */
export function endAlike({ code, signal }: End): void {
  process.exitCode = code ?? 1;
  if (signal === null) return;
  const nothing = (): void => undefined;
  if (signal !== "SIGKILL") process.on(signal, nothing).off(signal, nothing); // Node ignores some; this makes it the default
  process.kill(process.pid, signal);
}
