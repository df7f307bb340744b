/** What an environment could slip into the agent is left out by who starts it, and refused by the agent itself. */
import { copyFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { agentArguments, nodeFlags } from "../../packages/cli/src/launcher/arguments.ts";
import { runCommand, type Result } from "../support/command.ts";
import { needsRoot } from "../support/requirements.ts";
import { PASSPHRASE, Sandbox } from "../support/sandbox.ts";

/** A sandbox with code that leaves a mark where it runs: the process id, in the one folder that an agent may write to. */
class Trap extends Sandbox {
  readonly mark = join(this.home, "mark");
  readonly script = join(this.folder, "evil.cjs");
  /** Node reads it before any code; it could name a library to load. */
  readonly settings = join(this.folder, "openssl.cnf");
  readonly library = join(this.folder, "evil.so");

  constructor() {
    super();
    writeFileSync(
      this.script,
      `require("node:fs").appendFileSync(${JSON.stringify(this.mark)}, process.pid + "\\n")`,
    );
    writeFileSync(this.settings, "# nothing\n");
    copyFileSync(anyLibrary(), this.library);
  }

  /** Every way in that an environment has; the last one is not code, but puts system calls where nobody sees them. */
  get variables(): Record<string, string> {
    return {
      NODE_OPTIONS: `--require ${this.script}`,
      NODE_PATH: this.folder,
      NODE_REPL_EXTERNAL_MODULE: this.script,
      NODE_EXTRA_CA_CERTS: this.script,
      NODE_COMPILE_CACHE: this.folder,
      OPENSSL_CONF: this.settings,
      OPENSSL_MODULES: this.folder,
      LD_PRELOAD: this.library,
      LD_LIBRARY_PATH: this.folder,
      UV_USE_IO_URING: "1",
    };
  }

  /** Starts the agent's own entry by hand. */
  byHand(env: Readonly<Record<string, string>>, flags: readonly string[] = []): Promise<Result> {
    const args = [...flags, ...agentArguments(this, { foreground: true })];
    return runCommand(process.execPath, args, { env, timeoutMs: 20_000 });
  }

  /** The processes in which the code ran. */
  marks(): number[] {
    return existsSync(this.mark) ? readFileSync(this.mark, "utf8").trimEnd().split("\n").map(Number) : [];
  }
}

/** A library that does no harm: one that this very process has loaded. */
function anyLibrary(): string {
  const path = /(\/\S+\/libm[.-]\S*)$/m.exec(readFileSync("/proc/self/maps", "latin1"))?.[1];
  if (path === undefined) throw new Error("node has not loaded libm");
  return path;
}

it("B81: `agent start` hands on none of it: the agent's environment is clean, and nothing runs in it", async (context) => {
  needsRoot(context); // only root may look
  await using trap = new Trap();
  await trap.ok(["start"], { env: trap.variables });
  await trap.ok(["init", "--no-recovery"], { passphrase: PASSPHRASE });
  const pid = (await trap.pid()) ?? 0;
  const marks = trap.marks();
  expect(marks.length, "the command itself is its user's own: there the code runs").toBe(1);
  expect(marks).not.toContain(pid);
  expect(readFileSync(`/proc/${String(pid)}/environ`, "utf8")).toBe("");
  expect(readFileSync(`/proc/${String(pid)}/maps`, "utf8")).not.toContain("evil");
});

it("B81: the agent itself does not run with any of it", async () => {
  await using trap = new Trap();
  for (const [name, value] of Object.entries(trap.variables)) {
    const { status, stderr, stdout } = await trap.byHand({ [name]: value });
    expect([status, stdout.toString()], name).toEqual([2, ""]);
    expect(stderr).toContain(`does not run with ${name} in its environment`);
    expect(existsSync(trap.socket), name).toBe(false);
  }
  const empty = await trap.byHand({ NODE_OPTIONS: "" });
  expect([empty.status, empty.stderr]).toEqual([2, expect.stringContaining("NODE_OPTIONS")]);
  expect(trap.marks(), "code of NODE_OPTIONS runs before the agent's own, which then ends").toHaveLength(1);
});

it.each([
  ["--inspect=127.0.0.1:0", "it does not run"],
  ["--require=./evil.cjs", "unexpected flags"],
  ["--expose-gc", "unexpected flags"],
  ["--max-old-space-size=64", "unexpected flags"],
  ["--heapsnapshot-signal=SIGUSR2", "unexpected flags"],
  ["--allow-fs-write=*", "unexpected flags"],
])("B81: nor with the flag %s", async (flag, text) => {
  await using trap = new Trap();
  const { status, stderr } = await trap.byHand({}, [flag.replace("./evil.cjs", trap.script)]);
  expect([status, stderr]).toEqual([2, expect.stringContaining(text)]);
  expect(existsSync(trap.socket)).toBe(false);
});

it("B81: nor without node's permission model", async () => {
  await using trap = new Trap();
  const flags = new Set(nodeFlags(trap));
  const args = agentArguments(trap, { foreground: true }).filter((arg) => !flags.has(arg));
  const { status, stderr } = await runCommand(process.execPath, args, { timeoutMs: 20_000 });
  expect([status, stderr]).toEqual([2, expect.stringContaining("without node's permission model")]);
});
