/** Whatever a job's program is called, its record is one line that every JSON parser reads and no terminal obeys. */
import { spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Asker } from "../support/asker.ts";
import { linesOf } from "../support/audit-lines.ts";
import { LiveAgent } from "../support/live-agent.ts";
import { askByPerl } from "../support/perl-client.ts";
import { needsPrograms } from "../support/requirements.ts";

const ODD: readonly (readonly [what: string, text: string])[] = [
  ["a newline", "a\nb"],
  ["an escape sequence", "\u001b[2J\u001b[31m"],
  ["separators of Unicode", "\u2028\u2029"],
  ["a quote and a backslash", '"}\\'],
  ["a record", '","verb":"get","result":"allowed","name":"forged'],
  ["text that turns around", "\u202egpj"],
  ["a C1 control", "\u009b2J"],
];
let agent: LiveAgent;

beforeAll(async () => {
  agent = await LiveAgent.start();
});
afterAll(() => agent[Symbol.asyncDispose]());

const auditFile = (): string => join(agent.sandbox.home, "audit.jsonl");

it.for(ODD)("B110: %s in the path of the program", async ([, text], context) => {
  needsPrograms(context, "perl");
  const folder = join(agent.sandbox.folder, `odd ${text}`);
  mkdirSync(folder, { recursive: true });
  const program = join(folder, "perl");
  copyFileSync(realpathSync("/usr/bin/perl"), program);
  chmodSync(program, 0o755);
  await askByPerl({ program, socket: agent.sandbox.socket, name: "probe/alive" });
  const bytes = readFileSync(auditFile());
  const lines = linesOf([bytes.toString()]);
  expect(lines.at(-1)).toMatchObject({ verb: "get", name: "probe/alive", exe: program });
  expect(bytes.every((byte) => byte === 0x0a || (byte >= 0x20 && byte < 0x7f))).toBe(true);
});

it("B110: odd names are refused before they reach it, and jq reads every line", async (context) => {
  using asker = await Asker.open(agent.sandbox.socket);
  for (const name of ["a\nb", "a\u2028b", 'a"b', "\u001b[31m"]) await asker.ask("get", { name });
  await asker.ask("get", { name: "plain/name" });
  const lines = linesOf([readFileSync(auditFile(), "utf8")]);
  expect(lines.at(-1)).toMatchObject({ name: "plain/name" });
  needsPrograms(context, "jq");
  const { status, stdout } = spawnSync("jq", ["-c", ".verb", auditFile()], { encoding: "utf8" });
  expect(status).toBe(0);
  expect(stdout.trimEnd().split("\n")).toHaveLength(lines.length);
});
