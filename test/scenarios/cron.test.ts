import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { Cron } from "../support/cron.ts";
import { Installation } from "../support/installation.ts";
import { LoginService } from "../support/login-service.ts";
import { needsPrograms, needsRoot } from "../support/requirements.ts";
import { PASSPHRASE, Sandbox } from "../support/sandbox.ts";

const USER = { name: "sotto-cron-test", uid: 64_001 };
const PASSWORD = "s3cret of the bank";
/** cron runs a job once a minute. */
const TWO_RUNS_MS = 130_000;
const WHOLE_TEST_MS = 12 * 60_000;

/** What one run of a job noted: how its fetch ended, and what the service said to the password. */
type Outcome = Readonly<Record<"exit" | "service", number | null>>;

/** A job that uses the library. */
const LIBRARY_JOB = `
import { appendFileSync } from "node:fs";
import { SottoError, withSecret } from "@sotto/client";
const [, , socket, url, results] = process.argv;
const outcome = { exit: 0, service: null };
try {
  await withSecret("bank/login", async (secret) => {
    const login = Buffer.concat([Buffer.from(secret.attributes.username + ":"), secret.bytes]).toString("base64");
    outcome.service = (await fetch(url, { headers: { authorization: "Basic " + login } })).status;
  }, { socket });
} catch (error) {
  if (!(error instanceof SottoError)) throw error;
  outcome.exit = error.exit;
}
appendFileSync(results, JSON.stringify(outcome) + "\\n");
`;

/** A job that uses the command, as a shell script would. */
const COMMAND_JOB = `#!/bin/bash
# NODE CLI SOCKET URL RESULTS
export SOTTO_SOCKET=$3
service=$("$1" "$2" get bank/login | "$1" -e '
  const password = require("node:fs").readFileSync(0);
  const login = Buffer.concat([Buffer.from("batch:"), password]).toString("base64");
  if (password.length === 0) console.log("null");
  else fetch(process.argv[1], { headers: { authorization: "Basic " + login } }).then((r) => console.log(r.status));
' "$4"; exit "\${PIPESTATUS[0]}")
echo "{\\"exit\\":$?,\\"service\\":$service}" >> "$5"
`;

it(
  "a cron job fetches its password: allowed, denied once revoked, told of a lock, and served again",
  { timeout: WHOLE_TEST_MS },
  async (context) => {
    needsRoot(context);
    needsPrograms(context, "cron", "unshare", "mount");
    using installed = new Installation();
    await using service = await LoginService.start(new Map([["batch", PASSWORD]]));
    await using sandbox = await Sandbox.start({ shared: true });
    await sandbox.set("bank/login", PASSWORD, ["--attr", "username=batch"]);
    const rule = await sandbox.grant("bank/login", "--uid", String(USER.uid));

    const results = resultsFolder(sandbox.folder);
    writeFileSync(join(installed.folder, "job.mjs"), LIBRARY_JOB);
    writeFileSync(join(installed.folder, "job.sh"), COMMAND_JOB);
    const crontab = [
      `* * * * * ${installed.node} ${installed.folder}/job.mjs ${sandbox.socket} ${service.url} ${results}/library`,
      `* * * * * bash ${installed.folder}/job.sh ${installed.node} ${installed.cli} ${sandbox.socket} ${service.url} ${results}/command`,
    ];
    await using cron = new Cron(sandbox.folder, USER, `${crontab.join("\n")}\n`);

    await everyJob(cron, results, { exit: 0, service: 200 });
    await sandbox.ok(["revoke", rule], { passphrase: PASSPHRASE });
    await everyJob(cron, results, { exit: 4, service: null });
    await sandbox.grant("bank/login", "--uid", String(USER.uid));
    await sandbox.ok(["lock"]);
    await everyJob(cron, results, { exit: 3, service: null });
    await sandbox.ok(["unlock"], { passphrase: PASSPHRASE });
    await everyJob(cron, results, { exit: 0, service: 200 });

    const ofJobs = sandbox
      .auditRecords()
      .filter((record) => record["uid"] === USER.uid && record["verb"] === "get");
    expect(new Set(ofJobs.map((record) => record["result"]))).toEqual(
      new Set(["allowed", "denied", "locked"]),
    );
  },
);

function resultsFolder(folder: string): string {
  const results = join(folder, "results");
  mkdirSync(results);
  chmodSync(results, 0o777); // the jobs are of another user
  return results;
}

/** Waits until each job has run once more after now, and its newest run ended as expected. */
async function everyJob(cron: Cron, results: string, expected: Outcome): Promise<void> {
  const jobs = ["library", "command"].map((job) => ({
    file: join(results, job),
    before: outcomes(join(results, job)).length,
  }));
  for (let waited = 0; waited < TWO_RUNS_MS; waited += 500) {
    expect(cron.running, "the cron daemon runs").toBe(true);
    if (jobs.every(({ file, before }) => outcomes(file).length > before)) break;
    await sleep(500);
  }
  for (const { file } of jobs) expect(outcomes(file).at(-1), file).toEqual(expected);
}

function outcomes(file: string): Outcome[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "");
  return lines.map((line) => JSON.parse(line) as Outcome);
}
