/** What the number of secrets and rules costs: at a fetch, in memory, at the unlock and at the lock. */
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "@sotto/client";
import { memoryOf } from "./compare.mjs";
import { fillHome } from "./fill-home.mjs";
import { bareKdf } from "./kdf.mjs";
import { inTurns, median, timed } from "./measure.mjs";
import { PASSPHRASE, startAgent } from "./processes.mjs";
import { row } from "./report.mjs";

const VALUE_BYTES = 200;
const FETCHES = { rounds: 31, operations: 300 };
const UNLOCKS = 7;
/** Memory of the key derivation in a new vault; the others here have the least that is allowed. */
const DEFAULT_KDF_MIB = 256;
const HUGE = 100_000;
const HUGE_UNLOCKS = 3;
/** After that long without a request Node has given back what the unlock left behind. */
const REST_MS = 30_000;
/** Each size: secrets, and rules beside the one that allows. */
const SIZES = {
  "1 secret, 1 rule": [1, 0],
  "100 secrets": [100, 0],
  "10,000 secrets": [10_000, 0],
  "10 rules": [1, 10],
  "1,000 rules": [1, 1_000],
  "10,000 secrets, 1,000 rules": [10_000, 1_000],
};
const SMALLEST = "1 secret, 1 rule";
const LARGEST = "10,000 secrets, 1,000 rules";

/** @returns {Promise<object[]>} rows */
export async function benchSize(folder) {
  const agents = [];
  try {
    for (const [name, [count, rules]] of Object.entries(SIZES))
      agents.push(await open(`${folder}/size-${String(agents.length)}`, name, count, rules));
    const memory = await memoryAtRest(agents);
    const keyDerivation = await relockAll(agents, UNLOCKS);
    const rows = [
      ...(await fetches(agents)),
      ...agents.flatMap((agent) => life(agent, keyDerivation, agent.name === SMALLEST ? 1.15 : undefined)),
    ];
    return [...rows, ...memory, ...memoryAfterwards(agents)];
  } finally {
    for (const agent of agents) await close(agent);
  }
}

/** 100,000 secrets, by themselves: the machine should not hold them beside everything else. */
export async function benchHuge(folder) {
  const agent = await open(`${folder}/huge`, "100,000 secrets", HUGE, 0);
  try {
    const memory = await memoryAtRest([agent], 250);
    const keyDerivation = await relockAll([agent], HUGE_UNLOCKS);
    const target = Math.round(median(keyDerivation) + 2_000);
    return [
      row("unlock", `${agent.name} (target: Argon2id + 2 s)`, {
        value: median(agent.unlocks),
        unit: "ms",
        target,
      }),
      row("lock", agent.name, { value: median(agent.locks), unit: "ms", target: 5 }),
      ...memory,
    ];
  } finally {
    await close(agent);
  }
}

/** A small vault with the key derivation that `agent init` chooses. */
export async function benchDefault(folder) {
  const config = { kdfMemoryMiB: DEFAULT_KDF_MIB };
  const agent = await open(`${folder}/default`, "1 secret, 1 rule, as init makes it", 1, 0, config);
  try {
    const memory = await memoryAtRest([agent]);
    const keyDerivation = await relockAll([agent], UNLOCKS, DEFAULT_KDF_MIB);
    return [...life(agent, keyDerivation, 1.15), ...memory];
  } finally {
    await close(agent);
  }
}

async function open(home, name, count, extra, config = {}) {
  const uid = process.getuid();
  const rules = Array.from({ length: extra }, (_, i) => ({
    selector: `load/${String((i % 900) + 1)}`,
    uids: [i + 1],
  }));
  await fillHome(home, { count, valueBytes: VALUE_BYTES, passphrase: PASSPHRASE, uid, rules, config });
  const { pid, end } = await startAgent(home);
  const client = await connect({ socket: `${home}/agent.sock` });
  await client.request("unlock", {}, { payload: Buffer.from(PASSPHRASE) });
  return { name, count, pid, end, client, unlocks: [], locks: [] };
}

async function close({ client, end }) {
  client.close();
  await end();
}

/** Locks and unlocks them in turns with the bare key derivation; returns its times, in milliseconds. */
async function relockAll(agents, times, kdfMebibytes) {
  const keyDerivation = [];
  for (let i = 0; i < times; i++) {
    keyDerivation.push(await timed(() => bareKdf(kdfMebibytes)));
    for (const agent of agents) await relock(agent);
  }
  return keyDerivation;
}

async function relock(agent) {
  agent.locks.push(await timed(() => agent.client.request("lock", {})));
  agent.unlocks.push(
    await timed(() => agent.client.request("unlock", {}, { payload: Buffer.from(PASSPHRASE) })),
  );
}

async function fetches(agents) {
  for (const agent of agents) await fetchMany(agent, 2_000);
  const times = await inTurns(agents, FETCHES.rounds, (agent) => fetchMany(agent, FETCHES.operations));
  return Object.entries(times).map(([name, each]) =>
    row("a fetch by the library, warm connection", name, {
      value: median(each),
      unit: "us",
      ratio: median(each.map((value, i) => value / times[SMALLEST][i])),
      of: SMALLEST,
      target: name === LARGEST ? 1.15 : undefined,
    }),
  );
}

/** Microseconds for each of so many fetches of names picked by chance. */
async function fetchMany({ client, count }, operations) {
  const start = performance.now();
  for (let i = 0; i < operations; i++) {
    const secret = await client.get(`load/${String(Math.floor(Math.random() * count))}`);
    if (secret.bytes.length !== VALUE_BYTES) throw new Error("wrong answer");
    secret.dispose();
  }
  return ((performance.now() - start) * 1000) / operations;
}

function life({ name, unlocks, locks }, keyDerivation, target) {
  return [
    row("unlock", name, {
      value: median(unlocks),
      unit: "ms",
      ratio: median(unlocks.map((one, i) => one / keyDerivation[i])),
      of: "Argon2id alone",
      target,
    }),
    row("lock", name, { value: median(locks), unit: "ms", target: 5 }),
  ];
}

/** Unlocked once, and then left alone for a while: what an agent does most of its life. */
async function memoryAtRest(agents, target = 75) {
  await sleep(REST_MS);
  return agents.map((agent) => memoryRow("memory at rest", agent, target));
}

/** After many more unlocks than in a life, and all the fetches. */
const memoryAfterwards = (agents) => agents.map((agent) => memoryRow("memory after the run", agent));

function memoryRow(what, { name, pid }, target) {
  const { residentMiB, lockedKiB } = memoryOf(pid);
  return row(what, name, {
    value: residentMiB,
    unit: "MiB",
    target,
    note: `${String(lockedKiB)} KiB locked`,
  });
}
