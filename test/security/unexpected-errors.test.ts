/** An error that nobody expected ends the agent as a signal does: wiped, socket removed, said why, and not as a success. */
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { DirectAgent } from "../support/direct-agent.ts";
import { needsPrograms, needsRoot } from "../support/requirements.ts";
import { PASSPHRASE, Sandbox } from "../support/sandbox.ts";
import { Strace } from "../support/strace.ts";

const VALUE = "the-value-that-no-log-may-hold";
/** The agent looks at its own socket three times a minute. */
const LOOKS_WITHIN_MS = 40_000;

/** Code beside the agent's own that fails when told to, with an error that carries a secret where errors can. */
const FAILING = `
const failure = () => Object.assign(new Error("unexpected here"), { value: "${VALUE}", bytes: Buffer.from("${VALUE}") });
process.on("SIGUSR2", () => { throw failure(); });
process.on("SIGWINCH", () => { Promise.reject(failure()); });
process.on("SIGALRM", () => { throw "${VALUE}"; });
`;

it.each([
  ["an exception that nobody catches", "SIGUSR2", "unexpected here"],
  ["a rejection that nobody handles", "SIGWINCH", "unexpected here"],
  ["something thrown that is no error", "SIGALRM", '"type":"string"'],
] as const)("B76: %s: locked, socket gone, exit 1, told without what the error held", async (...row) => {
  const [, signal, told] = row;
  await using sandbox = new Sandbox();
  const module = join(sandbox.folder, "failing.mjs");
  writeFileSync(module, FAILING);
  await using agent = await DirectAgent.start(sandbox, ["--unhardened"], {}, ["--import", module]);
  await open(sandbox);
  agent.child.kill(signal);
  expect(await agent.ended()).toEqual([1, null]);
  expectOrderlyEnd(sandbox);
  expect(agent.said).toContain("ending after an unexpected error");
  expect(agent.said).toContain(told);
  expect(agent.said).not.toContain(VALUE);
});

it("B76: a failure of the system at a place where none is expected, in the agent as it is", async (context) => {
  needsRoot(context);
  needsPrograms(context, "strace");
  await using sandbox = new Sandbox();
  await sandbox.ok(["start"]);
  await open(sandbox);
  const pid = (await sandbox.pid()) ?? 0;
  const looks = "?statx,?lstat,?newfstatat";
  await using strace = await Strace.attach(
    pid,
    ...["-P", sandbox.socket, "-e", `trace=${looks}`, "-e", `inject=${looks}:error=EIO:when=1`],
  );
  expect(await strace.processEnded(LOOKS_WITHIN_MS), "it has ended").toBe(true);
  expectOrderlyEnd(sandbox);
  expect(sandbox.log()).toMatch(/"level":60.*EIO.*ending after an unexpected error/);
  expect(sandbox.log()).not.toContain(VALUE);
});

async function open(sandbox: Sandbox): Promise<void> {
  await sandbox.ok(["init", "--no-recovery"], { passphrase: PASSPHRASE });
  await sandbox.set("job/secret", VALUE);
}

function expectOrderlyEnd(sandbox: Sandbox): void {
  expect(existsSync(sandbox.socket), "the socket is there").toBe(false);
  expect(sandbox.auditRecords().at(-1)).toMatchObject({ verb: "lock", note: "the agent ends" });
  const remains = readdirSync(sandbox.home).filter((name) => /^core|^report\.|snapshot$/.test(name));
  expect(remains).toEqual([]);
}
