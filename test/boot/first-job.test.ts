/** As a new user: the commands of the README, typed one by one on a fresh Debian, end with a cron job that has its password. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { installCommands } from "../support/readme.ts";
import { whyNoBoot } from "./can-boot.ts";
import { Machine } from "./machine.ts";
import { copySource, PREFIX } from "./node.ts";
import { type Habit, Person } from "./person.ts";

const PASSWORD = 'of the b\u00e4nk \'n "$HOME" \\';
const SHA256 = createHash("sha256").update(PASSWORD).digest("hex");
/** What the agent asks, and what a person types who has read the README. */
const HABITS: readonly Habit[] = [
  [/New passphrase(?:, again)?: $/, "correct horse battery staple\r"],
  [/^Passphrase: $/m, "correct horse battery staple\r"],
  [/Value of bank\/login(?:, again)?: $/, `${PASSWORD}\r`],
];
const FOLDER = "/root/sotto";
let problem: string | undefined;
let machine: Machine | undefined;
let person: Person | undefined;

beforeAll(async () => {
  problem = whyNoBoot();
  if (problem !== undefined) return;
  machine = await Machine.boot((root) => copySource(join(root, FOLDER)));
  person = await Person.at(machine, HABITS);
  await person.types(`cd ${FOLDER}`);
});
afterAll(async () => {
  await machine?.[Symbol.asyncDispose]();
  person?.[Symbol.dispose]();
});

/** How the line ends that the person types. */
const status = async (line: string): Promise<number | undefined> => person?.types(line);
const screen = (): string => person?.screen ?? "";

it("the commands of the README, as they stand there, lead to a cron job that fetches its password", async (context) => {
  context.skip(problem !== undefined, problem);
  for (const command of installCommands()) expect(await status(command), screen()).toBe(0);
  const fetched = [...screen().matchAll(/ bank\[\d+\]: ([^\r\n]*)/g)].map((match) => match[1]);
  expect(fetched[0]).toBe(`${SHA256}  -`);
  expect(screen(), "nothing that was typed in secret was shown").not.toContain("horse");
});

it("the job's user got it by its rule, and no other user does", (context) => {
  context.skip(machine === undefined, problem);
  const audit = machine?.run("agent", "audit", "--name", "bank/login", "--verb", "get", "--json") ?? "";
  expect(audit).toMatch(/"uid":34[^}]*"result":"allowed"/);
  const as = (uid: string): number | null =>
    machine?.attempt("setpriv", `--reuid=${uid}`, "--clear-groups", "agent", "get", "bank/login").status ??
    null;
  expect([as("34"), as("1"), as("0")]).toEqual([0, 4, 4]);
});

it("npm has put the manual page where man finds it", (context) => {
  context.skip(machine === undefined, problem);
  for (const name of ["agent", "sotto"])
    expect(machine?.read(`${PREFIX}/share/man/man1/${name}.1`)).toMatch(/^\.(TH AGENT 1|so man1\/agent\.1)/);
});

/** As docs/SYSTEMD.md says. */
const HAND_OVER = [
  "agent systemd install",
  "systemd-sysusers && systemd-tmpfiles --create && systemctl daemon-reload",
  "agent stop",
  "chown -R sotto: /var/lib/sotto /run/sotto",
  "systemctl enable --now sotto-credentials.socket sotto.service",
  "agent unlock",
];

it("the system service takes over the vault of the agent that root has run", async (context) => {
  context.skip(machine === undefined, problem);
  for (const command of HAND_OVER) expect(await status(command), screen()).toBe(0);
  expect(machine?.property("sotto.service", "ActiveState")).toBe("active");
  const { stdout } =
    machine?.attempt("setpriv", "--reuid=34", "--clear-groups", "agent", "get", "bank/login") ?? {};
  expect(stdout).toBe(PASSWORD);
  expect(await status("agent audit verify"), screen()).toBe(0);
});
