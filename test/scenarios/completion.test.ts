/** Completion in the real shells: every command, and the names of secrets for whom they are; never a question, never a word. */
import { linkSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { HelperPrograms } from "../support/helper-programs.ts";
import { liveAgent } from "../support/live-agent.ts";
import { Pty } from "../support/pty.ts";
import { needsPrograms } from "../support/requirements.ts";
import { PASSPHRASE } from "../support/sandbox.ts";

const UID = String(process.getuid?.() ?? 0);
const QUIET_MS = 1_500;
/** What is typed, and what comes to stand there. */
const COMPLETIONS: readonly (readonly [start: string, expected: string])[] = [
  ["agent imp", "import"],
  ["agent exe", "exec"],
  ["agent rend", "render"],
  ["agent dock", "docker-credential"],
  ["agent doct", "doctor"],
  ["agent git", "git-credential"],
  ["agent aws", "aws-credential"],
  ["agent ask", "askpass"],
  ["agent systemd ins", "install"],
  ["agent import --dry", "--dry-run"],
  ["agent systemd install --roo", "--root"],
];
const agent = liveAgent();
let programs: HelperPrograms;

beforeAll(async () => {
  programs = new HelperPrograms(agent().sandbox);
  linkSync(join(programs.folder, "agent"), join(programs.folder, "sotto"));
  for (const name of ["bank/login", "bank/other", "zoo/cage"]) await agent().sandbox.set(name, "value");
  await agent().sandbox.grant("zoo/cage", "--uid", UID);
});

/** How each shell is started without what its user has set up, and told about the completion. */
const SHELLS: Readonly<Record<string, { readonly start: readonly string[]; readonly setUp: string }>> = {
  bash: {
    start: ["bash", "--noprofile", "--norc", "-i"],
    setUp: "PS1='ready> '; bind 'set enable-bracketed-paste off'; source <(agent completion bash)",
  },
  zsh: {
    start: ["zsh", "-f", "-i"],
    setUp:
      "unsetopt zle_bracketed_paste prompt_sp; PS1='ready> '; autoload -U compinit; compinit -D; source <(agent completion zsh)",
  },
  fish: {
    start: ["fish", "--no-config", "-i"],
    setUp: "function fish_prompt; echo -n 'ready> '; end; agent completion fish | source",
  },
};

/** A shell at a terminal, in a login session of its own. */
class Shell implements Disposable {
  readonly #pty = new Pty();
  readonly #name: string;

  private constructor(name: string, start: readonly string[]) {
    this.#name = name;
    this.#pty.spawn(start, { ...programs.environment, TERM: "dumb", XDG_CONFIG_HOME: programs.home });
  }

  static async start(name: string): Promise<Shell> {
    const { start = [], setUp = "" } = SHELLS[name] ?? {};
    const shell = new Shell(name, start);
    await shell.run(setUp);
    return shell;
  }

  /** Types a command, with what is asked on the way, and waits until a mark shows that it has ended. */
  async run(command: string, answer?: string): Promise<string> {
    const from = this.#pty.screen.length;
    this.#pty.type(`${command}; echo en""ded\r`);
    if (answer !== undefined) {
      await this.#pty.shows("Passphrase: ", from);
      this.#pty.type(`${answer}\r`);
    }
    await this.#pty.shows("ended", from);
    return this.#pty.screen.slice(from);
  }

  /** Types the start of a command and the key for completion; returns what the shell made of the line. */
  async completes(start: string, expected: string): Promise<string> {
    const from = this.#pty.screen.length;
    this.#pty.type(`${start}\t`);
    await (expected === ""
      ? new Promise((resolve) => setTimeout(resolve, QUIET_MS))
      : this.#shows(expected, from));
    this.#pty.type("\x15"); // forget the line
    await this.run(":");
    return this.#pty.screen.slice(from);
  }

  [Symbol.dispose](): void {
    this.#pty[Symbol.dispose]();
  }

  #shows(text: string, from: number): Promise<void> {
    return this.#pty.shows(text, from).catch((error: unknown) => {
      throw new Error(`${this.#name}: ${(error as Error).message}`);
    });
  }
}

describe.each(Object.keys(SHELLS))("%s", (name) => {
  beforeEach((context) => needsPrograms(context, name));

  it("completes commands and options", async () => {
    using shell = await Shell.start(name);
    for (const [start, expected] of COMPLETIONS) await shell.completes(start, expected);
  });

  it("offers the names that may be fetched; once the passphrase was given, all of them", async () => {
    using shell = await Shell.start(name);
    await shell.completes("agent get z", "zoo/cage");
    expect(await shell.completes("agent get ban", "")).not.toMatch(/bank\/|Passphrase/);
    await shell.run("agent rules >/dev/null", PASSPHRASE);
    await shell.completes("agent show bank/l", "bank/login");
    await shell.completes("sotto rename bank/o", "bank/other");
  });

  it("offers none and says nothing where the agent is locked or is not there", async () => {
    using shell = await Shell.start(name);
    await shell.run("agent lock");
    try {
      expect(await shell.completes("agent get z", "")).not.toMatch(/zoo|[Pp]assphrase|error|hint/);
    } finally {
      await agent().sandbox.ok(["unlock"], { passphrase: PASSPHRASE });
    }
    await shell.run(name === "fish" ? "set -x SOTTO_SOCKET /nowhere" : "export SOTTO_SOCKET=/nowhere");
    expect(await shell.completes("agent get z", "")).not.toMatch(/zoo|[Pp]assphrase|error|hint/);
  });
});

it("completion names is silent and exits 0 whatever is wrong", async () => {
  const { sandbox } = agent();
  const names = async (): Promise<string> => {
    const { status, stdout, stderr } = await sandbox.agent(["completion", "names"]);
    expect([status, stderr]).toEqual([0, ""]);
    return stdout.toString();
  };
  expect(await names()).toMatch(/^probe\/alive\nzoo\/cage\n/m);
  await sandbox.ok(["lock"]);
  expect(await names()).toBe("");
  await sandbox.ok(["unlock"], { passphrase: PASSPHRASE });
});
