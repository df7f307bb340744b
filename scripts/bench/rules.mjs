/** What rules and the audit add to a fetch. */
import { fileURLToPath } from "node:url";
import { fillHome } from "./fill-home.mjs";
import { measure } from "./measure.mjs";
import { checkAudited, openClient, PASSPHRASE, runAgent, startAgent, startOpenAgent } from "./processes.mjs";

const SECRETS = 1_000;
const VALUE_BYTES = 32;
const SIZE = { rounds: 31, operations: 300 };
/** A rule that asks for all that can be found out quickly about a process, and is judged before the one that allows. */
const FULL_CHECK = {
  selector: "load/1",
  uids: [process.getuid()],
  units: ["bench.service"],
  exes: ["/usr/sbin/cron"],
  interpreter: true,
};
const own = (path) => fileURLToPath(new URL(path, import.meta.url));

/** @returns {Promise<object[]>} rows with a figure and the limit it should keep */
export async function benchRules(folder) {
  const open = [];
  const agent = async (name, rules, start) => {
    const one = await openAgent(`${folder}/rules-${name}`, rules, start);
    open.push(one);
    return one;
  };
  try {
    return [
      await fullCheck(await agent("full", [FULL_CHECK], startAgent)),
      await manyRules(
        await agent("rules-10", others(10), startAgent),
        await agent("rules-1000", others(1_000), startAgent),
      ),
      await audit(
        await agent("audit-on", [], (home) => startOpenAgent(home, own("nothing.mjs"))),
        await agent("audit-off", [], (home) => startOpenAgent(home, own("no-audit.mjs"))),
      ),
    ];
  } finally {
    for (const { client, end } of open) {
      client.close();
      await end();
    }
  }
}

/** Each names a secret of its own; the fetches are of one that none of them names. */
const others = (count) =>
  Array.from({ length: count }, (_, i) => ({
    selector: `load/${String(SECRETS - 1 - (i % 900))}`,
    uids: [i],
  }));

async function openAgent(home, rules, start) {
  await fillHome(home, {
    count: SECRETS,
    valueBytes: VALUE_BYTES,
    passphrase: PASSPHRASE,
    uid: process.getuid(),
    rules,
  });
  const { end } = await start(home);
  await runAgent(home, ["unlock"], { passphrase: PASSPHRASE });
  return { home, client: await openClient(home), end };
}

async function fetchOnce({ client }, name) {
  const secret = await client.get(name);
  if (secret.bytes.length !== VALUE_BYTES) throw new Error("wrong answer");
  secret.dispose();
}

async function fullCheck(agent) {
  const times = await measure(
    { uid: () => fetchOnce(agent, "load/0"), full: () => fetchOnce(agent, "load/1") },
    SIZE,
  );
  return {
    what: "unit and exe looked up for a fetch, us more than uid alone",
    value: times.full - times.uid,
    limit: 60,
  };
}

async function manyRules(few, many) {
  const times = await measure(
    { few: () => fetchOnce(few, "load/0"), many: () => fetchOnce(many, "load/0") },
    SIZE,
  );
  return { what: "fetch with 1,000 rules, x of one with 10", value: times.many / times.few, limit: 1.2 };
}

async function audit(on, off) {
  const times = await measure(
    { on: () => fetchOnce(on, "load/0"), off: () => fetchOnce(off, "load/0") },
    SIZE,
  );
  checkAudited(on.home, true);
  checkAudited(off.home, false);
  return { what: "fetch with the audit, x of one without", value: times.on / times.off, limit: 1.3 };
}
