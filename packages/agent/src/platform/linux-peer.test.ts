import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { createServer, connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import * as libc from "./libc.ts";
import { lifeByStartTime } from "./linux-life.ts";
import { linuxPeer, linuxProcess, sessionOf } from "./linux-peer.ts";
import type { FactKind } from "./types.ts";

const SO_PEERPIDFD = 77;
const refusal = vi.hoisted(() => ({ errno: undefined as number | undefined, hit: false }));

/** The kernel of this machine knows how to tell a pidfd; the tests need some that do not. */
vi.mock("./libc.ts", async (original) => {
  const real = await original<typeof libc>();
  const getsockopt = (...args: Parameters<typeof libc.getsockopt>): number => {
    refusal.hit = refusal.errno !== undefined && args[2] === SO_PEERPIDFD;
    return refusal.hit ? -1 : real.getsockopt(...args);
  };
  const errno = (): number => (refusal.hit ? (refusal.errno ?? 0) : real.errno());
  const lastError = (call: string): Error => {
    if (!refusal.hit) return real.lastError(call);
    const code = Object.keys(real.errorNumbers).find((key) => real.errorNumbers[key] === refusal.errno);
    return Object.assign(new Error(call), { code });
  };
  return { ...real, getsockopt, errno, lastError };
});

const ALL: ReadonlySet<FactKind> = new Set<FactKind>(["unit", "exe", "sha256", "ancestors"]);
let folder: string;
let accepted: Socket;
let close: () => void;

/** A connection of this process to itself. */
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "sotto-peer-"));
  const server = createServer({ pauseOnConnect: true });
  server.listen(join(folder, "s"));
  await once(server, "listening");
  const client = connect(join(folder, "s"));
  [accepted] = (await once(server, "connection")) as [Socket];
  close = () => {
    for (const socket of [client, accepted]) socket.destroy();
    server.close();
  };
});
afterEach(() => {
  refusal.errno = undefined;
  close();
  rmSync(folder, { recursive: true });
});

const fd = (): number => (accepted as unknown as { _handle: { fd: number } })._handle.fd;
const withoutPidfd = (code: string): void => void (refusal.errno = libc.errorNumbers[code]);

async function ended(child: ChildProcess): Promise<void> {
  child.kill("SIGKILL");
  await once(child, "exit");
}

describe("linuxPeer", () => {
  it("identifies the process at the other end and looks at it", () => {
    const peer = linuxPeer(fd());
    expect(peer).toMatchObject({ pid: process.pid, uid: process.getuid?.(), gid: process.getgid?.() });
    expect(process.getgroups?.()).toEqual(expect.arrayContaining([...peer.groups]));
    expect(peer.isAlive()).toBe(true);
    const { dev, ino } = statSync(process.execPath, { bigint: true });
    expect(peer.inspect(ALL)).toMatchObject({ exe: `${String(dev)}:${String(ino)}` });
    expect(peer.inspect(new Set())).toEqual({});
    expect(peer.describe()).toMatchObject({ exe: process.execPath });
    peer.release();
    expect(peer.isAlive()).toBe(false);
    expect(peer.inspect(ALL)).toEqual({});
    peer.release();
  });

  it("B47: on a kernel without pidfds it goes by the start time", () => {
    const known = sessionOf(linuxPeer(fd())); // of a session whose leader is gone: undefined
    withoutPidfd("ENOPROTOOPT");
    const peer = linuxPeer(fd());
    expect(peer.isAlive()).toBe(true);
    expect(peer.inspect(ALL)).toHaveProperty("exe");
    expect(sessionOf(peer)).toBe(known);
  });

  it.each(["ESRCH", "EINVAL", "ENODATA", "EMFILE"])(
    "B47: for a peer that is gone (%s) its pid is never looked up, though somebody has it",
    (code) => {
      withoutPidfd(code);
      const peer = linuxPeer(fd());
      expect(peer).toMatchObject({ pid: process.pid });
      expect(peer.isAlive()).toBe(false);
      expect(peer.inspect(ALL)).toEqual({});
      expect(peer.describe()).toEqual({});
      expect(peer.openProgram()).toBeUndefined();
      expect(sessionOf(peer)).toBeUndefined();
    },
  );
});

describe("lifeByStartTime", () => {
  it("believes /proc only of a process of that owner, and until it has ended", async () => {
    const child = spawn("sleep", ["60"], { stdio: "ignore" });
    const own = process.getuid?.() ?? 0;
    const life = lifeByStartTime(child.pid ?? 0, own);
    expect(life.isAlive()).toBe(true);
    expect(lifeByStartTime(child.pid ?? 0, own + 1).isAlive()).toBe(false);
    await ended(child);
    expect(life.isAlive()).toBe(false);
    expect(lifeByStartTime(child.pid ?? 0, own).isAlive()).toBe(false);
    expect(lifeByStartTime(0, own).isAlive()).toBe(false);
  });
});

describe("linuxProcess", () => {
  it("takes a running process as if it had connected, and none that is not one", async () => {
    const child = spawn("sleep", ["60"], { stdio: "ignore" });
    const found = linuxProcess(child.pid ?? 0);
    expect(found).toMatchObject({ pid: child.pid, uid: process.getuid?.() });
    expect(found?.inspect(ALL).ancestors?.[0]).toBe(linuxProcess(process.pid)?.inspect(ALL).exe);
    await ended(child);
    expect(found?.inspect(ALL)).toEqual({});
    for (const pid of [child.pid ?? 0, 0, -1, 2 ** 30]) expect(linuxProcess(pid)).toBeUndefined();
    found?.release();
  });
});
