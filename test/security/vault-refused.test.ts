/** A vault that was damaged, exchanged or brought back is refused, in words, and never waited for. */
import {
  chmodSync,
  copyFileSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Verb } from "@sotto/client/protocol";
import { Asker } from "../support/asker.ts";
import { type Result, runCommand } from "../support/command.ts";
import { liveAgent, set } from "../support/live-agent.ts";
import { needsPrograms } from "../support/requirements.ts";
import { PASSPHRASE } from "../support/sandbox.ts";

/** 3 s by itself; the suite shares two cores with others. */
const SOON_MS = 6_000;
const GROUP_READS = 0o640;
const WORLD_READS = 0o644;

const agent = liveAgent();
const vault = (): string => join(agent().sandbox.home, "vault");
const kept = (): string => join(agent().sandbox.folder, "kept");
const lastSeen = (): string => join(agent().sandbox.home, "last-seen");
const unlock = (...more: readonly string[]): Promise<Result> =>
  agent().sandbox.agent(["unlock", ...more], { passphrase: PASSPHRASE });

beforeAll(async () => {
  await save("ballast", Buffer.alloc(20_000));
  copyFileSync(vault(), kept());
});

beforeEach(() => ask("lock"));

/** The vault as it was opens again, in the process that refused the other one. */
afterEach(async () => {
  rmSync(vault(), { recursive: true, force: true });
  copyFileSync(kept(), vault());
  chmodSync(vault(), 0o600);
  await ask("unlock", PASSPHRASE);
  await agent().expectAlive();
});

/** Asks without the command line, which is slower; must be granted. */
async function ask(verb: Verb, payload = ""): Promise<ReadonlyMap<string, unknown>> {
  using asker = await Asker.open(agent().sandbox.socket);
  return (await asker.must(verb, {}, Buffer.from(payload))).header;
}

async function save(name: string, value: Uint8Array): Promise<void> {
  using administrator = await agent().administrator();
  await set(administrator, name, value);
}

async function expectRefused(text: string | RegExp): Promise<void> {
  const began = performance.now();
  const result = await unlock();
  expect(performance.now() - began, "milliseconds until it is refused").toBeLessThan(SOON_MS);
  expect(result).toMatchObject({ status: 8, stdout: Buffer.alloc(0) });
  expect(result.stderr).toMatch(text);
  expect((await ask("status")).get("state"), "still").toBe("locked");
}

function change(edit: (bytes: Buffer) => Buffer): void {
  const bytes = readFileSync(kept());
  writeFileSync(vault(), edit(Buffer.from(bytes)));
}

const flip =
  (at: number) =>
  (bytes: Buffer): Buffer => {
    const place = at < 0 ? bytes.length + at : at;
    bytes.writeUInt8(bytes.readUInt8(place) ^ 1, place);
    return bytes;
  };

describe("bytes", () => {
  it.each([
    ["B85: a flipped bit in the first byte", flip(0), /not a vault/],
    ["B85: a flipped bit in the vault's id", flip(24), /header is damaged/],
    ["B85: a flipped bit in the content", flip(-100), /content is damaged/],
    ["B85: a flipped bit in the last byte", flip(-1), /content is damaged/],
    ["B86: cut by one byte", (bytes: Buffer) => bytes.subarray(0, -1), /cut off, or something was appended/],
    ["B86: cut to its first 100 bytes", (bytes: Buffer) => bytes.subarray(0, 100), /too short/],
    ["B86: empty", () => Buffer.alloc(0), /too short/],
    ["B86: one byte appended", (bytes: Buffer) => Buffer.concat([bytes, bytes.subarray(0, 1)]), /appended/],
    ["B86: a second vault appended", (bytes: Buffer) => Buffer.concat([bytes, bytes]), /appended/],
    ["B91: of version 2", (bytes: Buffer) => (bytes.writeUInt16LE(2, 8), bytes), /needs version 2/],
    [
      "B91: with a flag that is not known",
      (bytes: Buffer) => (bytes.writeUInt16LE(1, 10), bytes),
      /not know/,
    ],
  ])("%s: exit 8", async (_name, edit, text) => {
    change(edit);
    await expectRefused(text);
  });
});

describe("files", () => {
  it("B95: a FIFO that nobody writes to: exit 8, without waiting", async (context) => {
    needsPrograms(context, "mkfifo");
    rmSync(vault());
    const made = await runCommand("mkfifo", ["-m", "600", vault()], { env: agent().sandbox.environment });
    expect(made.status).toBe(0);
    await expectRefused(/not a regular file/);
  });

  it.each<[string, () => void, RegExp]>([
    ["a folder", () => mkdirSync(vault(), { mode: 0o700 }), /not a regular file/],
    ["a symbolic link to the vault", () => symlinkSync(kept(), vault()), /symbolic link|not a regular file/],
    [
      "a symbolic link to /dev/zero",
      () => symlinkSync("/dev/zero", vault()),
      /symbolic link|not a regular file/,
    ],
  ])("B95: %s: exit 8", async (_name, put, text) => {
    rmSync(vault());
    put();
    await expectRefused(text);
  });

  it("B95: a second name elsewhere: exit 8", async () => {
    const other = join(agent().sandbox.folder, "other");
    linkSync(vault(), other);
    await expectRefused(/hard link/);
    rmSync(other);
  });

  it.each([
    ["everybody", WORLD_READS],
    ["its group", GROUP_READS],
  ])("B95: readable by %s: exit 8", async (_who, mode) => {
    chmodSync(vault(), mode);
    await expectRefused(/by others/);
  });
});

describe("rollback", () => {
  /** Two saves later; `kept` is an older generation then. */
  async function saveMore(): Promise<void> {
    await ask("unlock", PASSPHRASE);
    await save("rolled/back", Buffer.from("one"));
    await save("rolled/back", Buffer.from("two"));
    await ask("lock");
  }

  function bringBack(): void {
    const coming = `${vault()}-coming`;
    copyFileSync(kept(), coming);
    chmodSync(coming, 0o600);
    renameSync(coming, vault());
  }

  const lastUnlock = (): Record<string, unknown> | undefined =>
    agent()
      .sandbox.auditRecords()
      .filter(({ verb }) => verb === "unlock")
      .at(-1);

  it("B92: an older generation: exit 8, and only --accept-rollback opens it, on record", async () => {
    await saveMore();
    bringBack();
    await expectRefused(/older|rolled back|rollback/);
    expect(lastUnlock()).toMatchObject({ result: "rollback" });
    const accepted = await unlock("--accept-rollback");
    expect(accepted.status).toBe(0);
    expect(accepted.stderr).toContain("warning: this vault is older");
    expect(lastUnlock()).toMatchObject({
      result: "allowed",
      note: expect.stringContaining("rollback") as string,
    });
  });

  it("B92: without the record of what was last seen: opened with a warning", async () => {
    await saveMore();
    bringBack();
    rmSync(lastSeen());
    const opened = await unlock();
    expect(opened.status).toBe(0);
    expect(opened.stderr).toMatch(/warning: the record of the generation last seen was missing/);
  });
});
