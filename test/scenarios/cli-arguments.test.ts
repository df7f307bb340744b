/** No passphrase, value or token as an argument or from the environment: others could read it there. */
import { expect, it } from "vitest";
import { runCommand } from "../support/command.ts";
import { liveAgent } from "../support/live-agent.ts";
import { CLI, PASSPHRASE } from "../support/sandbox.ts";
import { withoutTerminal } from "../support/without-terminal.ts";

const CANARY = "canary-Zq7dN3wXk5";
/** An option with an argument, as a help text shows it. */
const OPTION_WITH_ARGUMENT = /--[a-z-]+(?= [<[])/g;
const SECRET_WORD = /pass|value|token|secret|key|code|pin|recovery/;
/** A rule names a token by its label, which is not secret. */
const LABEL_OF_A_TOKEN = "--token <label>";
const BY_REFERENCE = /-(?:fd|file)$/;
const agent = liveAgent();

it.each([
  ["set with a value", ["set", "a/b", CANARY]],
  ["set --value", ["set", "a/b", "--value", CANARY]],
  ["set --value=", ["set", "a/b", `--value=${CANARY}`]],
  ["set --stdin=", ["set", "a/b", `--stdin=${CANARY}`]],
  ["set --value-fd", ["set", "a/b", "--value-fd", CANARY]],
  ["unlock with a passphrase", ["unlock", CANARY]],
  ["unlock --passphrase", ["unlock", "--passphrase", CANARY]],
  ["unlock --passphrase=", ["unlock", `--passphrase=${CANARY}`]],
  ["unlock --passphrase-fd", ["unlock", "--passphrase-fd", CANARY]],
  ["unlock -p", ["unlock", "-p", CANARY]],
  ["init --passphrase", ["init", "--passphrase", CANARY]],
  ["passwd --new-passphrase", ["passwd", "--new-passphrase", CANARY]],
  ["unlock --recovery", ["unlock", "--recovery", CANARY]],
  ["get --token", ["get", "a/b", "--token", CANARY]],
  ["get with two names", ["get", "a/b", CANARY]],
])("B114: %s: exit 2 with a hint, and it is not echoed", async (_name, args) => {
  const result = await agent().sandbox.agent(args);
  expect(result).toMatchObject({ status: 2, stdout: Buffer.alloc(0) });
  expect(result.stderr).toMatch(/^agent: error: .*\n(?:agent: hint: .*\n)?$/);
  expect(result.stderr).not.toContain(CANARY);
});

it.each([["--passphrase"], ["--value"], ["--token"], ["--password"]])(
  "B114: who tries %s is told what to do instead",
  async (option) => {
    const result = await agent().sandbox.agent(["unlock", option, CANARY]);
    expect(result.stderr).toMatch(/agent: hint: .*leave it out to be prompted/);
  },
);

it("B114: no --help shows an option that would take one", async () => {
  const { sandbox } = agent();
  const texts = await helpOfAll([]);
  expect(texts.length, "commands").toBeGreaterThan(20);
  expect(texts.join(""), "what the search would find").toContain("--passphrase-fd <fd>");
  for (const text of texts) {
    const options = text.replaceAll(LABEL_OF_A_TOKEN, "").match(OPTION_WITH_ARGUMENT) ?? [];
    const secret = options.filter((option) => SECRET_WORD.test(option) && !BY_REFERENCE.test(option));
    expect(secret, text).toEqual([]);
  }

  async function helpOfAll(command: readonly string[]): Promise<string[]> {
    const text = (await sandbox.ok([...command, "--help"])).stdout.toString();
    const below = command.length === 2 ? [] : commandsIn(text);
    const texts = await Promise.all(below.map((name) => helpOfAll([...command, name])));
    return [text, ...texts.flat()];
  }
});

/** The names in the lists of a help text; its options start with a dash, its example with a dollar sign. */
function commandsIn(help: string): string[] {
  return [...help.matchAll(/^ {2}([a-z][a-z-]+)(?: [<[].*?[>\]])* {2,}\S/gm)].flatMap(([, name]) =>
    name === undefined || name === "help" ? [] : [name],
  );
}

it.each(["PASSPHRASE", "PASSWORD", "TOKEN", "SECRET", "VALUE"])(
  "B114: SOTTO_%s in the environment is refused, not used and not echoed",
  async (name) => {
    const { sandbox } = agent();
    for (const args of [["unlock"], ["set", "a/b", "--stdin"], ["get", "probe/alive"]]) {
      const result = await sandbox.agent(args, { env: { [`SOTTO_${name}`]: CANARY } });
      expect(result).toMatchObject({ status: 2, stdout: Buffer.alloc(0) });
      expect(result.stderr).toContain(`SOTTO_${name} is not read`);
      expect(result.stderr).not.toContain(CANARY);
    }
  },
);

it("B114: the right passphrase in any other variable opens nothing", async () => {
  const { sandbox } = agent();
  await sandbox.ok(["lock"]);
  const names = ["PASSPHRASE", "PASSWORD", "AGENT_PASSPHRASE", "SOTTO_PASS", "SOTTO_UNLOCK"];
  const env = Object.fromEntries(names.map((name) => [name, PASSPHRASE]));
  expect(await withoutTerminal(sandbox, ["unlock"], { env })).toMatchObject({ status: 7 });
  expect(await sandbox.agent(["status"])).toMatchObject({ status: 3 });
  await sandbox.ok(["unlock"], { passphrase: PASSPHRASE });
});

it("help names each command, also one within a group, and no other", async () => {
  const { sandbox } = agent();
  for (const path of [["get"], ["slot", "add"], ["slot"], []]) {
    const shown = await sandbox.ok(["help", ...path]);
    expect(shown.stdout, path.join(" ")).toEqual((await sandbox.ok([...path, "--help"])).stdout);
  }
  for (const path of [[CANARY], ["slot", CANARY], ["get", CANARY]]) {
    const result = await sandbox.agent(["help", ...path]);
    expect(result).toMatchObject({ status: 2, stdout: Buffer.alloc(0) });
    expect(result.stderr).toBe(
      "agent: error: help: there is no such command\nagent: hint: agent --help lists them\n",
    );
  }
});

it("an option of the command that exec runs has to stand behind --", async () => {
  const result = await agent().sandbox.agent(["exec", "--env", "A=a/b", "sh", "-c", "true"]);
  expect(result).toMatchObject({ status: 2, stdout: Buffer.alloc(0) });
  expect(result.stderr).toMatch(/\nagent: hint: .* behind --/);
});

it.each(["a".repeat(65), "a..b", "-a", "A", "a/".repeat(9)])(
  "B28: who gives %s as a name is told all that a name may be",
  async (name) => {
    const result = await agent().sandbox.agent(["get", "--", name]);
    expect(result.status).toBe(2);
    for (const part of ["eight segments", "a-z 0-9 _ . -", "letter or digit", "64", "no .."])
      expect(result.stderr).toContain(part);
  },
);

/** Node changes bytes that are not UTF-8 before a program sees them. */
it.each([
  ["a name", 'get "$BAD"'],
  ["a path", 'get probe/alive --token-file "/$BAD"'],
  ["an attribute", 'set a/b --generate --attr "k=$BAD"'],
  ["a home", 'status --home "/$BAD"'],
  ["an argument of the command of exec", 'exec --env A=probe/alive -- echo "$BAD"'],
])("B19: %s that is not UTF-8 is refused, not changed", async (_name, line) => {
  const { sandbox } = agent();
  const script = `BAD="$(printf 'a\\377')"; exec "$0" "$1" ${line}`;
  const result = await runCommand("sh", ["-c", script, process.execPath, CLI], { env: sandbox.environment });
  expect(result).toMatchObject({ status: 2, stdout: Buffer.alloc(0) });
  expect(result.stderr).toMatch(/an argument is not UTF-8.*\nagent: hint: /);
});
