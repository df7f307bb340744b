/** A save is all or nothing: whatever moment the agent dies at, the vault is the one before or the one after. */
import { readdirSync } from "node:fs";
import { expect, it } from "vitest";
import { Asker } from "../support/asker.ts";
import { needsPrograms, needsRoot } from "../support/requirements.ts";
import { PASSPHRASE, Sandbox } from "../support/sandbox.ts";
import { Strace } from "../support/strace.ts";

const NAME = "killed/save";
/** `KILLS=10000` goes over all points as often as that takes. */
const KILLS = Number(process.env["KILLS"] ?? 60);
/** Points of one save, at least: each is met once before any is met again. */
const POINTS = 60;
/** Two agents at a time: one waits for its key derivation while the other is started. */
const LANES = 2;
const PATIENCE_MS = 400_000 + KILLS * 4_000;
/** In some rounds a save makes fewer calls of a kind than in the one that was recorded. */
const KILLED_PART = 0.95;
const PATIENCE_FOR_ONE_MS = 3_000;
/** How long after the reply the last calls of a save may come. */
const AFTERMATH_MS = 250;
/** What the agent's main thread does in the course of a save. A question mark: not on every architecture. */
const CALLS = [
  ...["openat", "close", "flock", "fsync", "pwrite64", "pread64", "write", "read", "getcwd", "epoll_pwait"],
  ...["?statx", "?fstat", "?newfstatat", "?unlink", "?link", "?rename", "?unlinkat", "?linkat", "?renameat"],
].join(",");
/** What libuv's own threads do: the first call of each thread is the end, whichever it is. */
const IN_THREADS = ["pwrite64", "pread64", "fsync"];

interface Point {
  readonly call: string;
  readonly when: number;
}

it(
  `B97: a kill at ${KILLS} points of a save leaves the old or the new vault whole`,
  async (context) => {
    needsRoot(context);
    needsPrograms(context, "strace");
    const points = await pointsOfASave();
    expect(points.length, "points of a save").toBeGreaterThanOrEqual(POINTS);
    expect(points.map(({ call }) => call)).toEqual(
      expect.arrayContaining(["openat", "close", "write", "fsync"]),
    );
    const sweeps = Math.ceil(KILLS / (points.length * KILLED_PART));
    const all = Array.from({ length: sweeps }, () => points).flat();
    const outcomes = (await Promise.all(split(all).map(killAtEach))).flat();
    const killed = outcomes.filter((outcome) => outcome !== "not killed");
    expect(killed.length, "kills").toBeGreaterThanOrEqual(KILLS);
    expect(new Set(killed), "kills before and after the new vault was in place").toEqual(
      new Set(["old", "new"]),
    );
    await context.annotate(`${String(killed.length)} kills`, "figure");
    await context.annotate(`${String(points.length)} points of a save`, "figure");
    for (const which of ["old", "new"])
      await context.annotate(
        `${String(killed.filter((outcome) => outcome === which).length)} with the ${which} vault after it`,
        "figure",
      );
  },
  PATIENCE_MS,
);

/** Every call of the main thread from the request to the reply, by name and number; and those of the other threads. */
async function pointsOfASave(): Promise<Point[]> {
  await using round = await Round.start();
  await using strace = await Strace.attach(round.pid, "-e", `trace=${CALLS}`);
  await round.set("recorded");
  const counts = new Map<string, number>();
  const points: Point[] = [];
  for (const { thread, name } of await strace.stop()) {
    if (thread !== round.pid) continue;
    const when = (counts.get(name) ?? 0) + 1;
    counts.set(name, when);
    points.push({ call: name, when });
  }
  return [...points, ...IN_THREADS.map((call) => ({ call, when: 1 }))];
}

/** One lane gets every other point. */
const split = (points: readonly Point[]): Point[][] =>
  Array.from({ length: LANES }, (_, lane) => points.filter((_point, i) => i % LANES === lane));

async function killAtEach(points: readonly Point[]): Promise<string[]> {
  await using round = await Round.start();
  const outcomes: string[] = [];
  for (const point of points) outcomes.push(await round.killAt(point));
  return outcomes;
}

/** One vault, and the agent that has it open; after a kill another one. */
class Round implements AsyncDisposable {
  readonly #sandbox: Sandbox;
  #asker: Asker;
  #pid = 0;
  #value = "first";
  #generation = 0;

  private constructor(sandbox: Sandbox, asker: Asker) {
    this.#sandbox = sandbox;
    this.#asker = asker;
  }

  static async start(): Promise<Round> {
    const sandbox = await Sandbox.start();
    try {
      const round = new Round(sandbox, await Asker.proved(sandbox.socket, PASSPHRASE));
      await round.#asker.must("grant", { selector: NAME, may: ["get"], uids: [process.getuid?.() ?? 0] });
      await round.set(round.#value);
      await round.#look();
      return round;
    } catch (error) {
      await sandbox[Symbol.asyncDispose]();
      throw error;
    }
  }

  get pid(): number {
    return this.#pid;
  }

  async set(value: string): Promise<void> {
    await this.#asker.must("set", { name: NAME }, Buffer.from(value));
  }

  /** Which vault was there when the agent was killed at that call: `old` or `new`. Anything else fails the test. */
  async killAt({ call, when }: Point): Promise<string> {
    const at = `at ${call} ${when}`;
    const wanted = `${at}, after generation ${this.#generation}`;
    if (await this.#survives(call, when, wanted)) {
      await this.#look();
      this.#value = wanted;
      return "not killed";
    }
    await this.#restart();
    const before = this.#generation;
    await this.#look();
    const value = (await this.#asker.must("get", { name: NAME })).payload.toString();
    const outcome = this.#generation === before ? "old" : "new";
    expect(this.#generation - before, `${at}: generations`).toBeOneOf([0, 1]);
    expect(value, `${at}: value`).toBe(outcome === "old" ? this.#value : wanted);
    const left = readdirSync(this.#sandbox.home).filter((name) => name.includes(".tmp-"));
    expect(left, `${at}: temporary files`).toEqual([]);
    this.#value = value;
    return outcome;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#asker[Symbol.dispose]();
    await this.#sandbox[Symbol.asyncDispose]();
  }

  /** Sets the value while the call kills: in the course of it, or soon after. */
  async #survives(call: string, when: number, value: string): Promise<boolean> {
    const inject = `inject=${call}:signal=SIGKILL:when=${when}`;
    await using strace = await Strace.attach(this.#pid, "-e", `trace=${call}`, "-e", inject);
    const answered = await this.set(value).then(
      () => true,
      () => false,
    );
    return !(await strace.processEnded(answered ? AFTERMATH_MS : PATIENCE_FOR_ONE_MS)) && answered;
  }

  async #restart(): Promise<void> {
    this.#asker[Symbol.dispose]();
    await this.#sandbox.ok(["start"]);
    this.#asker = await Asker.open(this.#sandbox.socket);
    await this.#asker.must("unlock", {}, Buffer.from(PASSPHRASE));
  }

  async #look(): Promise<void> {
    const { header } = await this.#asker.must("status");
    this.#pid = header.get("pid") as number;
    this.#generation = header.get("generation") as number;
  }
}
