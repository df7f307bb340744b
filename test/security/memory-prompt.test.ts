/** What is typed at a prompt is in the command's memory once while it is needed, and not at all after that. */
import { execFileSync } from "node:child_process";
import { closeSync, constants, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, it } from "vitest";
import { Asker } from "../support/asker.ts";
import { copiesIn, newMarker } from "../support/canaries.ts";
import { Pty } from "../support/pty.ts";
import { needsPrograms, needsRoot } from "../support/requirements.ts";
import { CLI, Sandbox } from "../support/sandbox.ts";

const PROMPT = "Passphrase: ";
/** A copy is found as a whole and by its first 16 bytes. */
const ONE_COPY = { passphrase: 2 };
const NO_COPY = { passphrase: 0 };
const SLOW = { timeout: 30_000, interval: 200 };

beforeEach((context) => {
  needsRoot(context);
  needsPrograms(context, "setsid", "mkfifo");
});

it.each<[string, (passphrase: Buffer) => Iterable<Buffer>]>([
  ["typed byte by byte", (passphrase) => Array.from(passphrase, (byte) => Buffer.of(byte))],
  ["pasted at once", (passphrase) => [passphrase]],
  [
    "pasted as a terminal marks it",
    (passphrase) => [Buffer.from(`\x1b[200~${passphrase.toString()}\x1b[201~`)],
  ],
])("B73: no copy of a passphrase %s is left once it was used", async (_how, strokes) => {
  const passphrase = newMarker();
  await using sandbox = await Sandbox.start({ init: false });
  using asker = await Asker.open(sandbox.socket);
  await asker.must("init", { recovery: false }, passphrase);
  await asker.must("lock");
  using full = new FullPipe();
  using pty = new Pty();
  // The answer finds no room: the command stays alive after it has used and wiped the passphrase.
  const child = pty.spawn([process.execPath, CLI, "unlock", "--json"], sandbox.environment, full.end);
  const copies = (): Readonly<Record<string, number>> => copiesIn(child.pid, { passphrase }).found;

  await pty.shows(PROMPT);
  for (const stroke of strokes(passphrase)) pty.type(stroke);
  await expect.poll(copies, { ...SLOW, message: "typed: in the line, and nowhere else" }).toEqual(ONE_COPY);

  pty.type("\r");
  await expect.poll(() => stateOf(asker), SLOW).toBe("unlocked");
  await expect.poll(copies, { ...SLOW, message: "used" }).toEqual(NO_COPY);
  expect(pty.screen).not.toContain(passphrase.toString());
});

async function stateOf(asker: Asker): Promise<unknown> {
  return (await asker.must("status")).header.get("state");
}

/** A pipe without room, whose writer waits until it is closed. */
class FullPipe implements Disposable {
  /** For the writer. */
  readonly end: number;
  readonly #filler: number;
  readonly #folder = mkdtempSync(join(tmpdir(), "sotto-full-"));

  constructor() {
    const path = join(this.#folder, "pipe");
    execFileSync("mkfifo", [path]);
    this.#filler = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
    this.end = openSync(path, constants.O_WRONLY);
    for (const size of [4096, 1]) this.#fill(Buffer.alloc(size));
  }

  [Symbol.dispose](): void {
    closeSync(this.end);
    closeSync(this.#filler);
    rmSync(this.#folder, { recursive: true });
  }

  #fill(bytes: Buffer): void {
    try {
      for (;;) writeSync(this.#filler, bytes);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
    }
  }
}
