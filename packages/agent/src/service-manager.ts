import type { State } from "@sotto/client/protocol";
import type { Platform } from "./platform/index.ts";
import { StartError } from "./start-error.ts";

/** Passed descriptors begin after stdio (sd_listen_fds(3)). */
const FIRST_PASSED = 3;
const MOST_PASSED = 16;
const US_PER_MS = 1000;

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * What systemd, or a manager that does as it does, wants to be told: that the agent serves, what state it is in, that it
 * ends, and now and then that it still lives (sd_notify(3), sd_watchdog_enabled(3)). Without one it tells nobody.
 */
export class ServiceManager {
  readonly #platform: Pick<Platform, "notifyManager" | "now">;
  readonly #target: string | undefined;
  /** Milliseconds between two signs of life; undefined where none is wanted. */
  readonly #watchdogMs: number | undefined;
  readonly #onFailure: (error: unknown) => void;
  #nextSign = 0;
  #told: State | undefined;

  /** `onFailure` is told of a message that could not be sent: the agent goes on without. */
  constructor(
    platform: Pick<Platform, "notifyManager" | "now">,
    onFailure: (error: unknown) => void,
    env: Environment = process.env,
    pid = process.pid,
  ) {
    this.#platform = platform;
    this.#onFailure = onFailure;
    this.#target = env["NOTIFY_SOCKET"] === "" ? undefined : env["NOTIFY_SOCKET"];
    this.#watchdogMs = watchdogMs(env, pid);
  }

  /** It listens. */
  ready(state: State): void {
    this.#told = state;
    this.#send(`READY=1\nSTATUS=${state}`);
  }

  /** Called a few times a second, from the event loop: a loop that hangs gives no sign of life. */
  tick(state: State): void {
    if (this.#target === undefined) return;
    if (this.#told !== undefined && state !== this.#told) {
      this.#told = state;
      this.#send(`STATUS=${state}`);
    }
    if (this.#watchdogMs === undefined || this.#platform.now() < this.#nextSign) return;
    this.#nextSign = this.#platform.now() + this.#watchdogMs;
    this.#send("WATCHDOG=1");
  }

  /** It ends: secrets are wiped already. */
  stopping(): void {
    this.#send("STOPPING=1");
  }

  #send(message: string): void {
    if (this.#target === undefined) return;
    try {
      this.#platform.notifyManager(this.#target, message);
    } catch (error) {
      this.#onFailure(error);
    }
  }
}

/** Half of the time after which the manager would end us, as its manual advises. */
function watchdogMs(env: Environment, pid: number): number | undefined {
  const us = wholeNumber(env["WATCHDOG_USEC"]);
  const forUs = env["WATCHDOG_PID"] === undefined || wholeNumber(env["WATCHDOG_PID"]) === pid;
  return us === undefined || us === 0 || !forUs ? undefined : us / US_PER_MS / 2;
}

/**
 * Sockets that a service manager listens on in the agent's stead (sd_listen_fds(3)): descriptors by their path. None
 * where `LISTEN_PID` means another process. Each must be a listening Unix socket at one of the paths `expected`.
 * Throws a `StartError`.
 */
export function passedSockets(
  platform: Pick<Platform, "listeningAt">,
  expected: readonly string[],
  env: Environment = process.env,
  pid = process.pid,
): ReadonlyMap<string, number> {
  const sockets = new Map<string, number>();
  if (wholeNumber(env["LISTEN_PID"]) !== pid) return sockets;
  const count = wholeNumber(env["LISTEN_FDS"]) ?? 0;
  if (count > MOST_PASSED) throw new StartError(2, "it was passed more sockets than it serves");
  for (let fd = FIRST_PASSED; fd < FIRST_PASSED + count; fd++) {
    const path = platform.listeningAt(fd);
    if (path === undefined || !expected.includes(path) || sockets.has(path))
      throw new StartError(
        2,
        "it was passed a socket that is not the one it serves",
        "ListenStream= in the socket unit must be the path of --socket",
      );
    sockets.set(path, fd);
  }
  return sockets;
}

const wholeNumber = (text: string | undefined): number | undefined =>
  text !== undefined && /^[0-9]{1,15}$/.test(text) ? Number(text) : undefined;
