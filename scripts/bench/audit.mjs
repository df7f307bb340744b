/** What the audit costs a fetch: left out, written, and on the disk before the answer. */
import { fileURLToPath } from "node:url";
import { fillHome } from "./fill-home.mjs";
import { inTurns, median } from "./measure.mjs";
import { checkAudited, openClient, PASSPHRASE, runAgent, startOpenAgent } from "./processes.mjs";
import { row } from "./report.mjs";

const ROUNDS = 15;
const OPERATIONS = 200;
const VALUE_BYTES = 32;
const WAYS = {
  off: ["no-audit.mjs", {}],
  write: ["nothing.mjs", {}],
  fsync: ["nothing.mjs", { auditSync: "fsync" }],
};

/** @returns {Promise<object[]>} rows */
export async function benchAudit(folder) {
  const agents = [];
  try {
    for (const [name, [module, config]] of Object.entries(WAYS))
      agents.push({ name, ...(await open(`${folder}/audit-${name}`, module, config)) });
    const times = await inTurns(agents, ROUNDS, fetchMany);
    for (const { name, home } of agents) checkAudited(home, name !== "off");
    return Object.entries(times).map(([name, each]) =>
      row("a fetch with the audit", name, {
        value: median(each),
        unit: "us",
        ratio: median(each.map((value, i) => value / times.off[i])),
        of: "without",
      }),
    );
  } finally {
    for (const { client, end } of agents) {
      client.close();
      await end();
    }
  }
}

async function open(home, module, config) {
  const uid = process.getuid();
  await fillHome(home, { count: 1, valueBytes: VALUE_BYTES, passphrase: PASSPHRASE, uid, config });
  const { end } = await startOpenAgent(home, fileURLToPath(new URL(module, import.meta.url)));
  await runAgent(home, ["unlock"], { passphrase: PASSPHRASE });
  return { home, end, client: await openClient(home) };
}

async function fetchMany({ client }) {
  const start = performance.now();
  for (let i = 0; i < OPERATIONS; i++) {
    const secret = await client.get("load/0");
    if (secret.bytes.length !== VALUE_BYTES) throw new Error("wrong answer");
    secret.dispose();
  }
  return ((performance.now() - start) * 1000) / OPERATIONS;
}
