import { spawn } from "node:child_process";
import { getEventListeners } from "node:events";
import { chmodSync, linkSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { connect } from "./connect.ts";
import { FakeAgent, reply } from "./test-support/fake-agent.ts";
import { rejection } from "./test-support/rejection.ts";

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "sotto-client-"))));
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

describe("connect", () => {
  it("B119: no socket", async () => {
    const error = await rejection(connect({ socket: join(folder, "none") }));
    expect([error.code, error.reason, error.exit]).toEqual(["unreachable", "absent", 5]);
  });

  it("B119: a socket that nobody listens on any more", async () => {
    const [socket, stale] = [join(folder, "agent.sock"), join(folder, "stale.sock")];
    const server = createServer();
    await new Promise<void>((resolve) => void server.listen(socket, resolve));
    linkSync(socket, stale);
    await new Promise((resolve) => void server.close(resolve));
    const error = await rejection(connect({ socket: stale }));
    expect([error.code, error.reason, error.exit]).toEqual(["unreachable", "stale", 5]);
  });

  it("B119: an untrusted socket is not even connected to", async () => {
    let connections = 0;
    await using agent = await FakeAgent.start({ greet: () => (connections += 1) });
    chmodSync(agent.folder, 0o777);
    const error = await rejection(connect({ socket: agent.socket }));
    expect([error.code, error.exit]).toEqual(["untrusted", 6]);
    chmodSync(agent.folder, 0o700);
    (await connect({ socket: agent.socket })).close();
    await expect.poll(() => connections).toBe(1);
  });

  it("B121: a path that cannot be one", async () => {
    for (const socket of ["", "a\0b"]) expect((await rejection(connect({ socket }))).reason).toBe("path");
    const error = await rejection(connect({ socket: `/${"s".repeat(100)}` }));
    expect([error.code, error.reason]).toEqual(["bad-argument", "path-length"]);
  });

  it("looks for SOTTO_SOCKET when it is given no path", async () => {
    await using agent = await FakeAgent.start();
    vi.stubEnv("SOTTO_SOCKET", agent.socket);
    (await connect()).close();
    vi.stubEnv("SOTTO_SOCKET", join(folder, "none"));
    expect((await rejection(connect())).reason).toBe("absent");
  });

  it("looks for the user's own agent", async () => {
    vi.stubEnv("SOTTO_SOCKET", "");
    vi.stubEnv("SOTTO_HOME", folder);
    expect((await rejection(connect())).reason).toBe("absent");
  });

  it("an abort before or while it waits", async () => {
    await using agent = await FakeAgent.start();
    expect((await rejection(connect({ socket: agent.socket, signal: AbortSignal.abort() }))).code).toBe(
      "aborted",
    );
    const controller = new AbortController();
    const pending = rejection(connect({ socket: agent.socket, signal: controller.signal }));
    controller.abort();
    expect((await pending).code).toBe("aborted");
  });

  it("leaves no listener on the signal", async () => {
    await using agent = await FakeAgent.start(({ id }) => reply(id, { state: "locked" }));
    const { signal } = new AbortController();
    using client = await connect({ socket: agent.socket, signal });
    await client.request("wait", { timeoutMs: 1 }, { signal });
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });
});

describe("an agent that does not accept", () => {
  /** Listens with a backlog of 1 and then does nothing at all. */
  const SLEEPER = `
    require("node:net").createServer().listen({ path: process.argv[1], backlog: 1 }, () => {
      process.stdout.write("ready");
      setTimeout(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0), 50);
    });`;

  it("B119: is asked again while the kernel has no room (EAGAIN), until the time is over", async () => {
    const socket = join(folder, "agent.sock");
    const child = spawn(process.execPath, ["-e", SLEEPER, socket], { stdio: ["ignore", "pipe", "inherit"] });
    try {
      await new Promise((resolve) => void child.stdout.once("data", resolve));
      await new Promise((resolve) => setTimeout(resolve, 200));
      const started = performance.now();
      const attempts = Array.from({ length: 6 }, () => connect({ socket, timeoutMs: 400 }));
      const settled = await Promise.allSettled(attempts);
      const open = settled.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
      const codes = settled.flatMap((one) =>
        one.status === "rejected" ? [(one.reason as { code: string }).code] : [],
      );
      for (const client of open) client.close();
      expect(open.length).toBeGreaterThan(0);
      expect(new Set(codes)).toEqual(new Set(["timeout"]));
      expect(performance.now() - started).toBeGreaterThan(350);
    } finally {
      child.kill("SIGKILL");
    }
  });
});
