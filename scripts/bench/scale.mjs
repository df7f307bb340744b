/** What 10,000 secrets cost: at the unlock, in memory, at a fetch, at a change and for a list. */
import { readFileSync } from "node:fs";
import { connect } from "@sotto/client";
import { fillHome } from "./fill-home.mjs";
import { bareKdf } from "./kdf.mjs";
import { measure, median, timed } from "./measure.mjs";
import { PASSPHRASE, startAgent } from "./processes.mjs";

const MANY = 10_000;
const FEW = 10;
const VALUE_BYTES = 200;
const TIMES = 5;
/** Names every secret, and asks for what has to be found out about the process. */
const LOOKS = { selector: "load/**", uids: [process.getuid()], units: ["bench.service"] };

/** @returns {Promise<object[]>} rows with a figure and the limit it should keep */
export async function benchScale(folder) {
  await fill(`${folder}/few`, FEW);
  await fill(`${folder}/many`, MANY);
  await fill(`${folder}/looked`, MANY, [LOOKS]);
  const small = await open(`${folder}/few`, FEW);
  const large = await open(`${folder}/many`, MANY);
  const looked = await open(`${folder}/looked`, MANY);
  try {
    await unlock(small);
    await unlock(looked);
    const [kdfMs, unlockMs] = await besideKdf(large);
    const fetches = await measure(
      { few: () => fetchOnce(small), many: () => fetchOnce(large) },
      { rounds: 21, operations: 300 },
    );
    const setMs = await changeMs(large);
    return [
      {
        what: "unlock, ms (limit: 1.5 x the bare Argon2id + 500)",
        value: unlockMs,
        limit: 1.5 * kdfMs + 500,
      },
      { what: "resident memory, MiB", value: residentMiB(large.agent.pid), limit: 150 },
      { what: "fetch, x of one with 10 secrets", value: fetches.many / fetches.few, limit: 1.15 },
      { what: "set, ms (the whole vault is written)", value: setMs, limit: 150 },
      { what: "list, ms (nobody else is answered meanwhile)", value: await listMs(looked), limit: 50 },
    ];
  } finally {
    for (const { client, agent } of [small, large, looked]) {
      client.close();
      await agent.end();
    }
  }
}

const fill = (home, count, rules = []) =>
  fillHome(home, { count, valueBytes: VALUE_BYTES, passphrase: PASSPHRASE, uid: process.getuid(), rules });

async function open(home, count) {
  const agent = await startAgent(home);
  return { home, count, agent, client: await connect({ socket: `${home}/agent.sock` }) };
}

/** The bare key derivation and the unlock in turns, in milliseconds each. Leaves the vault unlocked and proved. */
async function besideKdf({ client }) {
  const [bare, unlocks] = [[], []];
  for (let i = 0; i < TIMES; i++) {
    bare.push(await timed(bareKdf));
    await client.request("lock", {});
    unlocks.push(await timed(() => unlock({ client })));
  }
  return [median(bare), median(unlocks)];
}

const unlock = ({ client }) => client.request("unlock", {}, { payload: Buffer.from(PASSPHRASE) });

async function fetchOnce({ client, count }) {
  const secret = await client.get(`load/${String(Math.floor(Math.random() * count))}`);
  if (secret.bytes.length !== VALUE_BYTES) throw new Error("wrong answer");
  secret.dispose();
}

async function changeMs({ client }) {
  const times = [];
  for (let i = 0; i < TIMES; i++)
    times.push(
      await timed(() => client.request("set", { name: "load/0" }, { payload: Buffer.alloc(VALUE_BYTES, i) })),
    );
  return median(times);
}

function residentMiB(pid) {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${String(pid)}/status`, "utf8"))[1]) / 1024;
}

/** One page of names. */
async function listMs({ client }) {
  const times = [];
  for (let i = 0; i < TIMES; i++) times.push(await timed(() => client.request("list", {})));
  return median(times);
}
