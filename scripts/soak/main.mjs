/**
 * `npm run soak -- --minutes N --rate R [--json FILE]`: one agent under mixed load for N minutes, R requests a second: three
 * uids (one, unless root runs it), wrong tokens, a hundredth of it malformed, a lock and an unlock each minute, changes,
 * rotations of the audit and SIGHUP. Prints a line a minute, then the result. Exits 1 when something unexpected was
 * answered, descriptors have piled up or, after 30 minutes or more, memory has grown by more than 1 MiB an hour.
 */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { clearInterval, setInterval, setTimeout } from "node:timers";
import { parseArgs } from "node:util";
import { connect } from "@sotto/client";
import { fillHome } from "../bench/fill-home.mjs";
import { PASSPHRASE, runAgent, startAgent } from "../bench/processes.mjs";
import { Jobs } from "./jobs.mjs";
import { taken } from "../figures/taken.mjs";
import { descriptors, residentMiB, slopePerHour } from "./readings.mjs";
import { failures, line, Tally } from "./tally.mjs";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "2" },
    rate: { type: "string", default: "50" },
    json: { type: "string" },
  },
});
const seconds = Number(values.minutes) * 60;
const rate = Number(values.rate);
const uids = process.getuid() === 0 ? [0, 64_301, 64_302] : [process.getuid()];
const SECRETS = 200;
const SAMPLE_MS = 2_000;
const MINUTE_MS = 60_000;
/** A long run locks each minute, a short one a few times. */
const CYCLE_MS = Math.min(MINUTE_MS, (seconds * 1000) / 4);

const folder = mkdtempSync(join(tmpdir(), "sotto-soak-"));
chmodSync(folder, 0o755);
const home = join(folder, "home");
const socket = join(folder, "run", "agent.sock");

try {
  mkdirSync(join(folder, "run"), { mode: 0o755 });
  await fillHome(home, {
    count: SECRETS,
    valueBytes: 200,
    passphrase: PASSPHRASE,
    uid: uids[0],
    rules: uids.slice(1).map((uid) => ({ selector: "load/**", uids: [uid] })),
    config: { auditMaxMiB: 1 },
  });
  const agent = await startAgent(home, socket);
  try {
    await runAgent(home, ["unlock"], { passphrase: PASSPHRASE, socket });
    process.exitCode = report(await soak(agent.pid));
  } finally {
    await agent.end();
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function soak(pid) {
  const tally = new Tally();
  const before = descriptors(pid);
  const jobs = uids.map(
    (uid) => new Jobs({ socket, uid, rate: rate / uids.length, secrets: SECRETS, tally }),
  );
  await Promise.all(jobs.map((one) => one.started));
  const began = performance.now();
  const elapsed = () => performance.now() - began;
  const samples = [];
  const [sampler, cycler, printer] = [
    setInterval(
      () => samples.push({ ms: elapsed(), mib: residentMiB(pid), fds: descriptors(pid) }),
      SAMPLE_MS,
    ),
    setInterval(() => void cycle(pid, tally), CYCLE_MS),
    setInterval(() => console.log(line(elapsed(), samples.at(-1), tally)), MINUTE_MS),
  ];
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  for (const timer of [sampler, cycler, printer]) clearInterval(timer);
  await Promise.all(jobs.map((one) => one.end()));
  const after = await descriptorsOnceCalm(pid, before);
  const settled = samples.filter(({ ms }) => ms > seconds * 200); // a fifth of the time to warm up
  return {
    minutes: seconds / 60,
    rate,
    uids: uids.length,
    node: process.version,
    ...tally.result(),
    rssMiB: samples.at(-1)?.mib,
    rssSlopeMiBPerHour: slopePerHour(settled),
    descriptors: { before, after, most: Math.max(...samples.map(({ fds }) => fds)) },
  };
}

/** The last connections of the jobs take a moment to go. */
async function descriptorsOnceCalm(pid, wanted) {
  for (let tries = 0; tries < 50 && descriptors(pid) > wanted; tries++)
    await new Promise((resolve) => setTimeout(resolve, 100));
  return descriptors(pid);
}

/** What an administrator does: a change, a lock, an unlock, and a signal to open the audit anew. */
async function cycle(pid, tally) {
  try {
    const client = await connect({ socket });
    await client.request("auth", {}, { payload: Buffer.from(PASSPHRASE) });
    await client.request("set", { name: "load/0" }, { payload: Buffer.alloc(200, 1) });
    await client.request("lock", {});
    await client.request("unlock", {}, { payload: Buffer.from(PASSPHRASE) });
    client.close();
    process.kill(pid, "SIGHUP");
    tally.count("cycle");
  } catch (error) {
    tally.count(`administrator: ${error.code ?? error.message}`);
  }
}

function report(result) {
  if (values.json !== undefined)
    writeFileSync(values.json, `${JSON.stringify({ taken: taken(new Date()), ...result }, null, 2)}\n`);
  console.log(JSON.stringify(result, null, 2));
  const found = failures(result);
  for (const failure of found) console.error(`soak: ${failure}`);
  return found.length > 0 ? 1 : 0;
}
