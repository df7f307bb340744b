import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import type { TestContext } from "vitest";
import type { Sandbox } from "./sandbox.ts";
import { CLI } from "./sandbox.ts";

/** Leads its session for as long as its parent holds the channel, and runs in it what it is told to. */
const LEADER = `
const { spawn } = require("node:child_process");
process.once("disconnect", () => process.exit());
process.on("message", ({ args, passphrase }) => {
  const child = spawn(process.execPath, args, { stdio: ["ignore", "ignore", "pipe", "pipe"] });
  let stderr = "";
  child.stderr.on("data", (part) => (stderr += part));
  child.stdio[3].on("error", () => undefined).end(passphrase);
  child.once("close", (status) => process.send({ status, stderr }));
});
`;

interface Ended {
  readonly status: number | null;
  readonly stderr: string;
}

/**
 * A login session with a leader that lives until it is disposed. The session that a test itself runs in says nothing:
 * under continuous integration its leader may be gone, and then there are no tickets.
 */
export class LoginSession implements AsyncDisposable {
  readonly #leader: ChildProcess;

  constructor(sandbox: Sandbox) {
    this.#leader = spawn(process.execPath, ["-e", LEADER], {
      detached: true, // which calls setsid(2)
      stdio: ["ignore", "inherit", "inherit", "ipc"],
      env: sandbox.environment,
      cwd: "/",
    });
  }

  /** Runs a command of the command line in this session, one at a time, with nobody there to type a passphrase. */
  async agent(args: readonly string[], passphrase?: string): Promise<Ended> {
    const fromDescriptor = passphrase === undefined ? [] : ["--passphrase-fd", "3"];
    this.#leader.send({ args: [CLI, ...args, ...fromDescriptor], passphrase: passphrase ?? "" });
    const [ended] = (await once(this.#leader, "message")) as [Ended];
    return ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#leader.exitCode !== null) return;
    this.#leader.disconnect();
    await once(this.#leader, "exit");
  }
}

/** Skips where the session of the tests themselves has lost its leader: what is proved there gives no ticket. */
export function needsSessionLeader(context: Pick<TestContext, "skip">): void {
  const stat = readFileSync("/proc/self/stat", "latin1");
  const session = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[3] ?? "";
  context.skip(!existsSync(`/proc/${session}`), "needs a login session whose leader is there");
}
