/** Another process of the agent's own user can neither read its memory nor debug it. */
import { spawn } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { afterAll, beforeAll, expect, it } from "vitest";
import { runCommand } from "../support/command.ts";
import { Installation } from "../support/installation.ts";
import { needsPrograms, needsRoot } from "../support/requirements.ts";
import { UserSandbox } from "../support/user-sandbox.ts";

const UID = 64_213;
let installed: Installation;
beforeAll(() => (installed = new Installation()));
afterAll(() => installed[Symbol.dispose]());

/** Ways to look into a process. Each succeeds on an ordinary process of the same user: the test checks that too. */
const ATTEMPTS: readonly (readonly [program: string, args: (pid: string) => string[], success: RegExp])[] = [
  ["cat", (pid) => [`/proc/${pid}/environ`], /^MARK=/],
  ["ls", (pid) => ["-l", `/proc/${pid}/fd`], /-> /],
  ["cat", (pid) => [`/proc/${pid}/maps`], /\[stack\]/],
  ["dd", (pid) => [`if=/proc/${pid}/mem`, "bs=1", "count=0"], /0 bytes/],
  ["readlink", (pid) => [`/proc/${pid}/cwd`], /^\//],
  ["strace", (pid) => ["-p", pid, "-e", "trace=none"], /attached/],
  ["gdb", (pid) => ["-nx", "-batch", "-p", pid, "-ex", "info registers rip"], /rip\s+0x/],
  ["gcore", (pid) => ["-o", `/tmp/sotto-gcore-${pid}`, pid], /Saved corefile/],
];

it("B80: as the same user, nothing of the agent can be read, and no debugger attaches", async (context) => {
  needsRoot(context);
  await using sandbox = new UserSandbox(installed, UID);
  await sandbox.ok(["start"]);
  const agent = (await sandbox.pid()) ?? 0;
  const ordinary = spawn("sleep", ["600"], { uid: UID, gid: UID, env: { MARK: "yes" }, stdio: "ignore" });
  try {
    for (const [program, args, success] of ATTEMPTS) {
      if (!installedHere(program)) continue;
      const attempt = async (pid: number): Promise<boolean> => {
        const result = await runCommand(program, args(String(pid)), {
          uid: UID,
          env: { PATH: process.env["PATH"] ?? "" },
          timeoutMs: program === "strace" ? 3_000 : 30_000,
        });
        return success.test(result.stdout.toString() + result.stderr);
      };
      const what = `${program} ${args("PID").join(" ")}`;
      expect(await attempt(ordinary.pid ?? 0), `${what} of an ordinary process`).toBe(true);
      expect(await attempt(agent), `${what} of the agent`).toBe(false);
    }
    expect((await sandbox.agent(["status"])).status, "alive all the same").toBe(3);
  } finally {
    ordinary.kill("SIGKILL");
    await runCommand("rm", ["-f", `/tmp/sotto-gcore-${String(ordinary.pid)}.${String(ordinary.pid)}`]);
  }
});

it("B80: the kernel counts the agent as not dumpable: its /proc entries belong to root", async (context) => {
  needsRoot(context);
  await using sandbox = new UserSandbox(installed, UID);
  await sandbox.ok(["start"]);
  const folder = `/proc/${String((await sandbox.pid()) ?? 0)}`;
  expect(statSync(`${folder}/environ`).uid).toBe(0);
  expect(statSync(`/proc/self/environ`).uid).toBe(process.getuid?.());
});

const installedHere = (program: string): boolean =>
  ["/bin", "/usr/bin", "/usr/local/bin"].some((folder) => existsSync(`${folder}/${program}`));

it("B80: the test has its debuggers", (context) => {
  needsPrograms(context, "gdb", "gcore", "strace");
});
