/** Sotto and its peers in the same rounds: whole processes, a request, a connection with one request, 500 at once. */
import { cpSync, existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { encodeHeader, frameHead } from "@sotto/client/protocol";
import { getSecret } from "@sotto/client";
import { fillHome } from "./fill-home.mjs";
import { inTurns, median } from "./measure.mjs";
import { startPeers } from "./peers.mjs";
import { Probe } from "./probe.mjs";
import { CLI, PASSPHRASE, runAgent, startAgent } from "./processes.mjs";
import { row } from "./report.mjs";

const NAME = "load/0";
const VALUE_BYTES = 32;
const NATIVE = fileURLToPath(
  new URL(`../../packages/client/native/build/sotto-get-${process.arch}`, import.meta.url),
);
const WARM = { rounds: 21, count: 1_000 };
const COLD = { rounds: 21, count: 300 };
const BURST = { rounds: 21, count: 500 };
const WHOLE_ROUNDS = 41;
/** Programs that are quick by themselves, so many times each before the next one has its turn. */
const IN_A_ROW = { rounds: 21, count: 20 };
const NATIVE_CLIENT = "sotto, native client";
const BECOMES = "sotto, which becomes the native client";
const QUICK = [NATIVE_CLIENT, "ssh-agent", "cat of a 0400 file"];

/** @returns {Promise<object[]>} rows */
export async function benchPeers(folder) {
  const probe = new Probe(folder);
  const sotto = await startSotto(`${folder}/sotto`);
  const peers = await startPeers(folder);
  try {
    const all = [...sotto.subjects, ...peers.running];
    return [
      ...(await wholeProcesses(
        probe,
        all.filter(({ command }) => command),
      )),
      ...(await servers(
        probe,
        all.filter(({ socket }) => socket),
      )),
      ...memory([sotto.subjects[0], ...peers.running]),
      ...sotto.missing.concat(peers.missing).map(({ name, why }) => row("not measured", name, { note: why })),
    ];
  } finally {
    peers.end();
    await sotto.end();
  }
}

/** An agent with 10 rules that do not match, the audit as always, and each way to fetch from it. */
async function startSotto(home) {
  const uid = process.getuid();
  const rules = Array.from({ length: 10 }, (_, i) => ({ selector: "load/1", uids: [i + 1] }));
  await fillHome(home, { count: 2, valueBytes: VALUE_BYTES, passphrase: PASSPHRASE, uid, rules });
  const agent = await startAgent(home);
  await runAgent(home, ["unlock"], { passphrase: PASSPHRASE });
  const socket = `${home}/agent.sock`;
  const secret = await getSecret(NAME, { socket });
  const holds = Buffer.from(secret.bytes);
  const env = { SOTTO_HOME: home };
  const head = frameHead(encodeHeader({ v: 1, id: 1, verb: "get", name: NAME }), 0);
  const served = { socket, request: head, isWhole: isWholeFrame, pid: agent.pid };
  const get = (cli) => [process.execPath, cli, "get", NAME];
  const subjects = [{ name: "sotto", ...served, command: get(withoutNative(`${home}-cli`)), env, holds }];
  const missing = [];
  if (!existsSync(NATIVE)) missing.push({ name: NATIVE_CLIENT, why: "it is not built here" });
  else {
    subjects.push({ name: NATIVE_CLIENT, command: [NATIVE, NAME], env, holds });
    if ("execve" in process) subjects.push({ name: BECOMES, command: get(CLI), env, holds });
  }
  return { subjects, missing, end: agent.end };
}

/** A command line with no native client beside it, which Node would become where it can (from 22.15 on). */
function withoutNative(folder) {
  for (const part of ["bin", "dist"])
    cpSync(join(dirname(CLI), "..", part), join(folder, part), { recursive: true });
  return join(folder, "bin/agent.js");
}

const isWholeFrame = (bytes) =>
  bytes.length >= 8 && bytes.length >= 8 + bytes.readUInt32BE(0) + bytes.readUInt32BE(4);

async function wholeProcesses(probe, subjects) {
  const failures = [];
  for (const subject of subjects)
    await attempt(subject, failures, async () => (subject.output = await probe.output(subject)));
  const times = await inTurns(usable(subjects), WHOLE_ROUNDS, (subject) => probe.whole(subject));
  const base = times["node -e 0"];
  const inARow = await manyInARow(
    probe,
    usable(subjects).filter(({ name }) => QUICK.includes(name)),
  );
  return [
    ...Object.entries(times).map(([name, each]) =>
      row("whole process", name, {
        value: median(each),
        unit: "ms",
        ratio: paired(each, base),
        of: "node -e 0",
        target: name === "sotto" ? 1.3 : undefined,
      }),
    ),
    ...inARow,
    ...failures,
  ];
}

/** Without Node in between, which empties the caches of the processor. */
async function manyInARow(probe, subjects) {
  const times = await inTurns(subjects, IN_A_ROW.rounds, async (subject) => {
    const each = [];
    for (let i = 0; i < IN_A_ROW.count; i++) each.push(await probe.whole(subject));
    return median(each);
  });
  const [native, ssh, cat] = QUICK.map((name) => times[name]);
  if (native === undefined) return [];
  const section = "whole process, many in a row";
  const beside = (name, each, target) =>
    each && row(section, `native client beside ${name}`, { ratio: paired(native, each), of: name, target });
  return [
    ...Object.entries(times).map(([name, each]) => row(section, name, { value: median(each), unit: "ms" })),
    beside("ssh-agent", ssh, 0.25),
    beside("cat", cat, 1.2),
  ].filter((one) => one !== undefined);
}

async function servers(probe, subjects) {
  const failures = [];
  const sample = async (mode, { rounds, count }) => {
    const turned = {};
    const able = usable(subjects);
    for (const subject of able) await attempt(subject, failures, () => probe.sample(mode, subject, count));
    const times = await inTurns(usable(able), rounds, async (subject) => {
      const { value, again } = await probe.sample(mode, subject, count);
      turned[subject.name] = again;
      return value;
    });
    return { times, turned };
  };
  const warm = await sample("warm", WARM);
  const cold = await sample("cold", COLD);
  const burst = await sample("burst", BURST);
  return [
    ...against("a request, C client", "us", warm, "ssh-agent", { "ssh-agent": 1.5 }),
    ...against("connect + request + close, C client", "us", cold, "ssh-agent", {
      "ssh-agent": 2.2,
      "gpg-agent": 1,
    }),
    ...against("500 at once, to the last answer", "ms", burst, "gpg-agent", { "gpg-agent": 1 }),
    ...failures,
  ];
}

/** A row for each subject, and one for each target of Sotto's. */
function against(section, unit, { times, turned }, base, targets) {
  const note = (name) => (turned[name] > 0 ? `${turned[name]} were turned away and came again` : undefined);
  return [
    ...Object.entries(times).map(([name, each]) =>
      row(section, name, {
        value: median(each),
        unit,
        ratio: paired(each, times[base]),
        of: base,
        note: note(name),
      }),
    ),
    ...Object.entries(targets)
      .filter(([name]) => times[name] !== undefined && times.sotto !== undefined)
      .map(([name, target]) =>
        row(section, `sotto beside ${name}`, { ratio: paired(times.sotto, times[name]), of: name, target }),
      ),
  ];
}

function memory(subjects) {
  return subjects
    .filter(({ pid }) => pid !== undefined)
    .map(({ name, pid }) => {
      const { residentMiB, lockedKiB } = memoryOf(pid);
      return row("memory with one secret", name, {
        value: residentMiB,
        unit: "MiB",
        note: `${lockedKiB} KiB locked`,
      });
    });
}

/** Of a process, as the kernel says. */
export function memoryOf(pid) {
  const status = readFileSync(`/proc/${String(pid)}/status`, "utf8");
  const kib = (key) => Number(new RegExp(`^${key}:\\s+(\\d+) kB$`, "m").exec(status)?.[1] ?? 0);
  return { residentMiB: kib("VmRSS") / 1024, lockedKiB: kib("VmLck") };
}

/** The median of the ratios of the rounds: what disturbs the machine disturbs both. */
function paired(each, base) {
  return base === undefined ? undefined : median(each.map((value, round) => value / base[round]));
}

async function attempt(subject, failures, work) {
  try {
    await work();
  } catch (error) {
    subject.failed = true;
    failures.push(
      row("not measured", subject.name, {
        note: (error.stderr || error.message).toString().trim().split("\n")[0],
      }),
    );
  }
}

const usable = (subjects) => subjects.filter(({ failed }) => !failed);
