import { chmodSync, existsSync, mkdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { runCommand } from "../support/command.ts";
import { Cron } from "../support/cron.ts";
import { PeerRules } from "../support/peer-rules.ts";
import { heardIn, perlScript, requestFor } from "../support/perl-client.ts";
import { needsPrograms, needsRoot } from "../support/requirements.ts";
import { CLI, PASSPHRASE, Sandbox } from "../support/sandbox.ts";

const CRON = "/usr/sbin/cron";
const USER = { name: "sotto-cron-test", uid: 64_249 };
/** cron runs a job once a minute. */
const TWO_RUNS_MS = 130_000;
const WHOLE_TEST_MS = 5 * 60_000;

/** Twice forked, with a session of its own, and asking only when its parent is gone. */
const ORPHAN = `
  use POSIX ();
  exit(0) if fork(); POSIX::setsid();
  my $parent = $$;
  exit(0) if fork();
  until_true(sub { getppid() != $parent });
  tell_test(ask(dial()));`;

it(
  "B49: a job of cron is let in by a rule for cron as its ancestor; not the same command from a shell, nor an orphan",
  { timeout: WHOLE_TEST_MS },
  async (context) => {
    needsRoot(context);
    needsPrograms(context, "cron", "unshare", "nsenter", "mount", "perl");
    await using sandbox = new Sandbox({ shared: true });
    const results = join(sandbox.folder, "results");
    mkdirSync(results);
    chmodSync(results, 0o777); // the jobs are of another user
    const rules = new PeerRules(() => ({ sandbox }));
    const script = (name: string, body?: string): string => {
      const file = join(sandbox.folder, `${name}.pl`);
      writeFileSync(file, perlScript(body));
      return `/usr/bin/perl ${file} ${sandbox.socket} ${requestFor(rules.name)}`;
    };
    const job = script("job");
    const crontab = [
      `* * * * * ${job} >> ${results}/job`,
      `* * * * * ${script("orphan", ORPHAN)} >> ${results}/orphan`,
      `* * * * * bash -c 'sh -c "${job}; :"; :' >> ${results}/below-shells`,
    ];
    await using cron = new Cron(sandbox.folder, USER, `${crontab.join("\n")}\n`);
    await startBeside(cron, sandbox);
    await rules.store();
    const administrator = await rules.administrator();
    const rule = { selector: rules.name, may: ["get"], uids: [USER.uid], ancestors: [CRON] };
    await administrator.must("grant", rule);

    const files = ["job", "below-shells", "orphan"].map((name) => join(results, name));
    const told = await Promise.all(files.map((file) => toldNext(cron, file)));
    expect(told).toEqual([rules.value, rules.value, ""]);
    const env = { PATH: process.env["PATH"] ?? "" };
    const shell = await runCommand("sh", ["-c", job], { env, uid: USER.uid });
    rules.judgeDenied(heardIn(shell.stdout.toString().trim()));
    rules.dispose();
  },
);

/** Starts an agent in the mount namespace of the daemon, where programs are what they are to its jobs. */
async function startBeside(cron: Cron, sandbox: Sandbox): Promise<void> {
  for (let waited = 0; readlinkSync(`/proc/${String(cron.pid)}/exe`) !== CRON; waited += 50) {
    expect(cron.running && waited < 10_000, "the cron daemon runs").toBe(true);
    await sleep(50);
  }
  const start = [`--mount=/proc/${String(cron.pid)}/ns/mnt`, process.execPath, CLI, "start"];
  const { status, stderr } = await runCommand("nsenter", start, { env: sandbox.environment });
  expect(status, stderr).toBe(0);
  await sandbox.ok(["init", "--no-recovery"], { passphrase: PASSPHRASE });
}

/** The value that a job is told in its next run from now on; empty when it is denied. */
async function toldNext(cron: Cron, file: string): Promise<string> {
  const before = linesOf(file).length;
  for (let waited = 0; linesOf(file).length === before; waited += 250) {
    expect(cron.running, "the cron daemon runs").toBe(true);
    expect(waited, "milliseconds waited for a job").toBeLessThan(TWO_RUNS_MS);
    await sleep(250);
  }
  return heardIn(linesOf(file).at(-1) ?? "").payload.toString();
}

const linesOf = (file: string): string[] =>
  existsSync(file) ? readFileSync(file, "utf8").split("\n").slice(0, -1) : [];
