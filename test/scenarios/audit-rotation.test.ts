/** Ten thousand decisions while the audit is rotated by size and by a mover: every one on record, once, in one chain. */
import { existsSync, readFileSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { Asker, codeOf } from "../support/asker.ts";
import { auditFiles, auditTexts, firstBadLine, type Line, linesOf } from "../support/audit-lines.ts";
import { LiveAgent } from "../support/live-agent.ts";
import type { Sandbox } from "../support/sandbox.ts";

const CONNECTIONS = 25;
const EACH = 400;
/** As many a connection sends before it reads the answers. */
const AHEAD = 50;
/** So many files are moved away, each of 1 MiB at most: of the 3.9 MB enough is left to be rotated by size. */
const MOVES = 2;
/** Moved once it is so large. */
const MOVED_BYTES = 300 * 1024;
/** Long names fill files quicker. */
const FILLER = "x".repeat(60);
const nameOf = (connection: number, i: number): string =>
  `c${String(connection)}/n${String(i)}/${FILLER}/${FILLER}/${FILLER}`;

it("B109: 10,000 concurrent requests through rotations and SIGHUPs: none lost, doubled or interleaved", async () => {
  await using agent = await LiveAgent.start({ config: { auditMaxMiB: 1 } });
  const { sandbox } = agent;
  const mover = new Mover(sandbox, agent.pid);
  const asking = Promise.all(Array.from({ length: CONNECTIONS }, (_, i) => askAll(sandbox, i)));
  const moving = mover.run();
  await asking;
  mover.stop();
  await moving;
  await agent.expectAlive();

  expect(mover.moved.length, "files moved away").toBe(MOVES);
  expect(auditFiles(sandbox.home).length, "files, some rotated by size").toBeGreaterThanOrEqual(2);
  const texts = inOrder([
    ...auditTexts(sandbox.home),
    ...mover.moved.map((path) => readFileSync(path, "utf8")),
  ]);
  expect(firstBadLine(texts)).toBeUndefined();
  const names = linesOf(texts).flatMap(({ name }) => (String(name).includes(FILLER) ? [String(name)] : []));
  expect(names).toHaveLength(CONNECTIONS * EACH);
  expect(new Set(names).size).toBe(CONNECTIONS * EACH);
});

it("rotated files beyond auditKeep are removed, and that is on record", async () => {
  await using agent = await LiveAgent.start({ config: { auditMaxMiB: 1, auditKeep: 1 } });
  const { home } = agent.sandbox;
  await Promise.all(Array.from({ length: 18 }, (_, i) => askAll(agent.sandbox, i)));
  const [oldest = "", present, ...more] = auditFiles(home);
  expect([present, more]).toEqual(["audit.jsonl", []]);
  expect(oldest).not.toBe("audit-000001.jsonl");
  const texts = auditTexts(home);
  expect(firstBadLine(texts, String(firstOf(texts[0] ?? "")["previous"]))).toBeUndefined();
  expect(linesOf(texts).map(({ note }) => note)).toContainEqual(
    expect.stringMatching(/^file \d+ was removed$/),
  );
});

/** Asks for names that nobody may have, a batch at a time. */
async function askAll(sandbox: Sandbox, connection: number): Promise<void> {
  using asker = await Asker.open(sandbox.socket);
  for (let done = 0; done < EACH; done += AHEAD) {
    const batch = Array.from({ length: AHEAD }, (_, i) =>
      asker.frame("get", { name: nameOf(connection, done + i) }),
    );
    asker.raw.send(Buffer.concat(batch));
    for (let i = 0; i < AHEAD; i++) {
      const reply = await asker.raw.reply();
      if (reply === undefined || codeOf(reply) !== "denied") throw new Error("not answered as expected");
    }
  }
}

/** Moves the file away and tells the agent, as logrotate does. */
class Mover {
  readonly moved: string[] = [];
  readonly #present: string;
  readonly #pid: number;
  #stopped = false;

  constructor({ home }: Sandbox, pid: number) {
    this.#present = join(home, "audit.jsonl");
    this.#pid = pid;
  }

  async run(): Promise<void> {
    while (!this.#stopped && this.moved.length < MOVES) {
      await pause(5);
      if ((statSync(this.#present, { throwIfNoEntry: false })?.size ?? 0) < MOVED_BYTES) continue;
      const away = `${this.#present}.moved-${String(this.moved.length)}`;
      try {
        renameSync(this.#present, away);
      } catch {
        continue; // the agent was about to rotate it
      }
      this.moved.push(away);
      await pause(20); // lines go on into the moved file
      process.kill(this.#pid, "SIGHUP");
      await expect.poll(() => existsSync(this.#present)).toBe(true);
    }
  }

  stop(): void {
    this.#stopped = true;
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const firstOf = (text: string): Line => JSON.parse(text.slice(0, text.indexOf("\n"))) as Line;
/** By the number that each file gives itself in its first line. */
const inOrder = (texts: readonly string[]): string[] =>
  [...texts].sort((a, b) => Number(firstOf(a)["file"]) - Number(firstOf(b)["file"]));
