/** ssh and sudo ask the agent instead of a person: the real programs. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Result, runCommand } from "../support/command.ts";
import { HelperPrograms } from "../support/helper-programs.ts";
import { Installation } from "../support/installation.ts";
import { liveAgent } from "../support/live-agent.ts";
import { needsPrograms, needsRoot } from "../support/requirements.ts";

const UID = String(process.getuid?.() ?? 0);
const JOB = 64_251;
const PASSPHRASE = "pass \u00e9 of the key";
const agent = liveAgent({ shared: true });
let programs: HelperPrograms;

beforeAll(async () => {
  programs = new HelperPrograms(agent().sandbox);
  await agent().sandbox.grant("job/**", "--uid", UID, "--uid", String(JOB));
});

const ask = (prompt: readonly string[], env: Readonly<Record<string, string>>): Promise<Result> =>
  programs.run("sotto-askpass", prompt, { env });

it("ssh-add opens a key with the passphrase of the agent, and fails at once where it is wrong", async (context) => {
  needsPrograms(context, "ssh-add", "ssh-agent", "ssh-keygen");
  const key = join(programs.home, "key");
  const made = await programs.run("ssh-keygen", ["-q", "-t", "ed25519", "-N", PASSPHRASE, "-f", key]);
  expect(made.status, made.stderr).toBe(0);
  const env = {
    SSH_ASKPASS: join(programs.folder, "sotto-askpass"),
    SSH_ASKPASS_REQUIRE: "force",
    SOTTO_ASKPASS_NAME: "job/key",
  };
  const add = (): Promise<Result> =>
    programs.run("ssh-agent", ["sh", "-c", `ssh-add ${key} && ssh-add -l`], { env });
  await agent().sandbox.set("job/key", PASSPHRASE);
  const right = await add();
  expect([right.status, right.stdout.toString()], right.stderr).toEqual([
    0,
    expect.stringContaining("ED25519"),
  ]);
  await agent().sandbox.set("job/key", "wrong");
  const wrong = await add();
  expect([wrong.status, wrong.stdout.toString()]).toEqual([1, ""]);
});

it("a prompt is answered with one line; a question is not, nor the same prompt after a wrong answer", async () => {
  await agent().sandbox.set("job/key", PASSPHRASE);
  const named = { SOTTO_ASKPASS_NAME: "job/key" };
  for (const prompt of [[], [""], ["Password: "], ["--help"], ["-v"], ["[sudo] password for batch: "]])
    expect(await ask(prompt, named)).toMatchObject({
      status: 0,
      stdout: Buffer.from(`${PASSPHRASE}\n`),
      stderr: "",
    });
  const refused: [prompt: string, env: Record<string, string>][] = [
    ["Bad passphrase, try again for /home/batch/key: ", named],
    ["Are you sure you want to continue connecting (yes/no/[fingerprint])? ", named],
    ["Allow use of key batch@host?", { ...named, SSH_ASKPASS_PROMPT: "confirm" }],
    ["Confirm user presence for key", { ...named, SSH_ASKPASS_PROMPT: "none" }],
  ];
  for (const [prompt, env] of refused)
    expect(await ask([prompt], env), prompt).toMatchObject({ status: 1, stdout: Buffer.alloc(0) });
});

it("without the name of a secret, with one for others or with two lines it gives nothing", async () => {
  await agent().sandbox.set("other/key", PASSPHRASE);
  await agent().sandbox.set("job/lines", "one\ntwo");
  const cases: [name: string, exit: number][] = [
    ["", 2],
    ["No Name", 2],
    ["other/key", 4],
    ["job/lines", 1],
  ];
  for (const [name, exit] of cases)
    expect(await ask(["Password: "], { SOTTO_ASKPASS_NAME: name }), name).toMatchObject({
      status: exit,
      stdout: Buffer.alloc(0),
    });
});

const installed = process.getuid?.() === 0 ? new Installation() : undefined;
afterAll(() => installed?.[Symbol.dispose]());

/** A machine's users and sudo's rules as they would be, seen by this one process only. */
const SUDO = `set -e
cp -a /etc "$HOME/etc"
mount --bind "$HOME/etc" /etc
for own in /run/sudo /var/lib/sudo; do mkdir -p $own; mount -t tmpfs -o mode=711 tmpfs $own; done
useradd --no-create-home --uid ${JOB} sotto-batch
chpasswd
echo 'sotto-batch ALL=(ALL) ALL' > /etc/sudoers.d/sotto-batch
exec setpriv --reuid=${JOB} --regid=${JOB} --clear-groups sudo -A -k id -u`;

it("sudo -A logs in with the password of the agent, and not with a wrong one", async (context) => {
  needsRoot(context);
  needsPrograms(context, "sudo", "unshare", "setpriv", "useradd", "chpasswd");
  const { sandbox } = agent();
  const askpass = join(sandbox.folder, "askpass");
  const entry = join(installed?.cli ?? "", "../sotto-askpass.js");
  writeFileSync(askpass, `#!/bin/sh\nexec '${installed?.node ?? ""}' '${entry}' "$@"\n`, { mode: 0o755 });
  const env = {
    PATH: process.env["PATH"] ?? "",
    SOTTO_SOCKET: sandbox.socket,
    SOTTO_ASKPASS_NAME: "job/sudo",
    SUDO_ASKPASS: askpass,
  };
  const sudo = (home: string): Promise<Result> =>
    runCommand("unshare", ["--mount", "sh", "-c", SUDO], {
      input: "sotto-batch:pass of batch\n",
      env: { ...env, HOME: home },
    });
  await sandbox.set("job/sudo", "pass of batch");
  const right = await sudo(join(sandbox.folder, "bin"));
  expect([right.status, right.stdout.toString()], right.stderr).toEqual([0, "0\n"]);
  await sandbox.set("job/sudo", "wrong");
  const wrong = await sudo(programs.home);
  expect([wrong.status, wrong.stdout.toString()]).toEqual([1, ""]);
});
