/** `sotto-get` sends nothing, and does not even connect, before it has made sure that the socket can be nobody else's. */
import { chmodSync, chownSync, mkdirSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { beforeEach, expect, it } from "vitest";
import { runCommand } from "../support/command.ts";
import { needsCompiler, removeBuilds, sottoGet } from "../support/native.ts";
import { needsPrograms, needsRoot } from "../support/requirements.ts";
import { Sandbox } from "../support/sandbox.ts";

const OTHER_USER = 64_139;
removeBuilds();
beforeEach(needsCompiler);

/** The system calls of a `sotto-get` with a server at the socket, whose connections are counted. */
async function traced(
  socket: string,
  folder: string,
): Promise<{ status: number | null; calls: string; met: number }> {
  let met = 0;
  const server = createServer((peer) => {
    met++;
    peer.destroy();
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  chownSync(socket, OTHER_USER, OTHER_USER);
  const file = join(folder, "calls");
  const args = ["-f", "-s", "200", "-o", file, sottoGet(), "a/b", "--socket", socket];
  const { status } = await runCommand("strace", args, { env: { PATH: process.env["PATH"] ?? "" } });
  await new Promise((resolve) => server.close(resolve));
  return { status, calls: readFileSync(file, "latin1"), met };
}

it("B119: another user's socket in a sticky folder: exit 6, no socket made, nothing sent", async (context) => {
  needsRoot(context);
  needsPrograms(context, "strace");
  await using sandbox = new Sandbox();
  const folder = join(sandbox.folder, "sticky");
  mkdirSync(folder);
  chmodSync(folder, 0o1777);
  const { status, calls, met } = await traced(join(folder, "agent.sock"), sandbox.folder);
  expect([status, met]).toEqual([6, 0]);
  expect(calls, "strace saw the program").toMatch(
    /write\(2, "agent: error: get a\/b: the socket could be someone else's/,
  );
  expect(calls).not.toMatch(/ (?:socket|connect|send[a-z]+)\(/);
});

it("needs no file but the socket, and, of an agent that may be trusted, starts nothing and reads no user database", async (context) => {
  needsPrograms(context, "strace");
  await using sandbox = await Sandbox.start();
  const file = join(sandbox.folder, "calls");
  const args = ["-f", "-o", file, sottoGet(), "a/b"];
  const env = { ...sandbox.environment, PATH: process.env["PATH"] ?? "" };
  expect((await runCommand("strace", args, { env })).status).toBe(4);
  const calls = readFileSync(file, "latin1");
  expect(calls.match(/ (?:execve|open|openat|fork|vfork|clone)\(/g)).toEqual([" execve("]);
  expect(calls).toMatch(/prctl\(PR_SET_DUMPABLE, SUID_DUMP_DISABLE\)/);
  expect(calls.indexOf("PR_SET_DUMPABLE")).toBeLessThan(calls.indexOf("socket("));
});
