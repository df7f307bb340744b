import { createHash } from "node:crypto";
import { mkdtempSync, openSync, readdirSync, rmSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { PeerHandle } from "../platform/index.ts";
import { MAX_PROGRAM_BYTES, ProgramHashes } from "./program-hashes.ts";

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "sotto-hashes-"))));
afterEach(() => rmSync(folder, { recursive: true }));

const program = (name: string, text = name): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/** A peer that runs what `path` says at the moment. */
class Running {
  path: string | undefined;
  opened = 0;

  constructor(path: string | undefined) {
    this.path = path;
  }

  get peer(): PeerHandle {
    const openProgram = (): number | undefined => {
      this.opened++;
      return this.path === undefined ? undefined : openSync(this.path, "r");
    };
    return { openProgram } as PeerHandle;
  }
}

const openFiles = (): number => readdirSync("/proc/self/fd").length;
/** Long after every file was written. */
const later = (): ProgramHashes => new ProgramHashes(() => Date.now() + 60_000);

describe("ProgramHashes", () => {
  it("hashes a program, and remembers it for as long as the file is the same", async () => {
    const hashes = later();
    const { peer } = new Running(program("a"));
    const before = openFiles();
    const first = hashes.of(peer);
    expect(first).toBeInstanceOf(Promise);
    expect(await first).toBe(sha256("a"));
    expect(hashes.of(peer)).toBe(sha256("a"));
    program("a", "b");
    expect(await hashes.of(peer)).toBe(sha256("b"));
    expect(openFiles(), "descriptors left open").toBe(before);
  });

  it("is not deceived by a time that is set back", async () => {
    const hashes = later();
    const path = program("a");
    utimesSync(path, 1, 1);
    const { peer } = new Running(path);
    await hashes.of(peer);
    program("a", "b");
    utimesSync(path, 1, 1);
    expect(await hashes.of(peer)).toBe(sha256("b"));
  });

  it("does not remember what may be changed once more in the same tick", async () => {
    const hashes = new ProgramHashes();
    const { peer } = new Running(program("a"));
    await hashes.of(peer);
    const again = hashes.of(peer);
    expect(again).toBeInstanceOf(Promise);
    await again;
  });

  it("B44: hashes nothing that is larger than the limit", () => {
    const path = program("a");
    truncateSync(path, MAX_PROGRAM_BYTES + 1);
    const before = openFiles();
    expect(later().of(new Running(path).peer)).toBeUndefined();
    expect(openFiles()).toBe(before);
  });

  it("B44: hashes what is just as large as the limit, and no folder", async () => {
    const path = program("a");
    truncateSync(path, MAX_PROGRAM_BYTES);
    expect(await later().of(new Running(path).peer)).toMatch(/^[0-9a-f]{64}$/);
    expect(later().of(new Running(folder).peer)).toBeUndefined();
  });

  it("gives nothing of a file that is cut short meanwhile", async () => {
    const path = program("a", "x".repeat(300_000));
    const hash = later().of(new Running(path).peer);
    truncateSync(path, 10);
    expect(await hash).toBeUndefined();
  });

  it("hashes one at a time, and once for all who wait for the same", async () => {
    const hashes = later();
    const big = "x".repeat(3 * 1024 * 1024);
    const paths = new Map(["a", "b"].map((name) => [name, program(name, name + big)]));
    const order: string[] = [];
    const asked = ["a", "b", "a", "b", "a"].map(async (name) => {
      const hash = await hashes.of(new Running(paths.get(name)).peer);
      order.push(name);
      return hash;
    });
    const before = openFiles();
    expect(await Promise.all(asked)).toEqual(["a", "b", "a", "b", "a"].map((name) => sha256(name + big)));
    expect(order.slice(0, 3)).toEqual(["a", "a", "a"]);
    expect(openFiles()).toBeLessThan(before);
  });

  it("gives nothing when the process has ended or runs another program by then", async () => {
    const hashes = later();
    for (const path of [undefined, program("b")]) {
      const running = new Running(program("a", `a${String(path)}`));
      const hash = hashes.of(running.peer);
      running.path = path;
      expect(await hash).toBeUndefined();
      expect(running.opened).toBe(2);
    }
  });

  it("forgets what was asked for longest ago", async () => {
    const hashes = later();
    const peers = Array.from({ length: 300 }, (_, i) => new Running(program(`p${String(i)}`)).peer);
    for (const peer of peers) await hashes.of(peer);
    expect(hashes.of(peers[299] as PeerHandle)).toBe(sha256("p299"));
    const again = hashes.of(peers[0] as PeerHandle);
    expect(again).toBeInstanceOf(Promise);
    await again;
  });
});
