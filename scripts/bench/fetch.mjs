/** What a fetch costs beside a bare echo of the same bytes. */
import { connect as connectSocket } from "node:net";
import { connect, getSecret } from "@sotto/client";
import { encodeHeader } from "@sotto/client/protocol";
import { fillHome } from "./fill-home.mjs";
import { measure } from "./measure.mjs";
import { PASSPHRASE, runAgent, startAgent, startEcho } from "./processes.mjs";

const NAME = "load/0";
const VALUE_BYTES = 32;
const PREFIX_BYTES = 8;
/** As many bytes as the reply to a fetch, the larger of the two directions. */
const ECHO = Buffer.alloc(
  PREFIX_BYTES +
    encodeHeader({ id: 1, ok: true, attributes: { username: "user0" }, version: 1 }).length +
    VALUE_BYTES,
  1,
);

/** @returns {Promise<object[]>} rows of microseconds and ratios */
export async function benchFetch(folder) {
  const home = `${folder}/fetch`;
  await fillHome(home, { count: 1, valueBytes: VALUE_BYTES, passphrase: PASSPHRASE, uid: process.getuid() });
  const agent = await startAgent(home);
  const echo = await startEcho(`${folder}/echo.sock`);
  try {
    await runAgent(home, ["unlock"], { passphrase: PASSPHRASE });
    return [
      await warm(`${home}/agent.sock`, `${folder}/echo.sock`),
      await cold(`${home}/agent.sock`, `${folder}/echo.sock`),
    ];
  } finally {
    echo.end();
    await agent.end();
  }
}

async function warm(agentSocket, echoSocket) {
  const client = await connect({ socket: agentSocket });
  const bare = await openEcho(echoSocket);
  const times = await measure(
    { sotto: () => fetchOnce(client), echo: () => roundTrip(bare) },
    { rounds: 21, operations: 500, warmUp: 5_000 },
  );
  client.close();
  bare.destroy();
  return row("fetch on a warm connection", times, 3);
}

async function cold(agentSocket, echoSocket) {
  const sotto = async () => checked(await getSecret(NAME, { socket: agentSocket }));
  const echo = async () => {
    const socket = await openEcho(echoSocket);
    await roundTrip(socket);
    socket.destroy();
  };
  return row(
    "connect + fetch + close",
    await measure({ sotto, echo }, { rounds: 21, operations: 100, warmUp: 5_000 }),
    2.5,
  );
}

async function fetchOnce(client) {
  checked(await client.get(NAME));
}

function checked(secret) {
  if (secret.bytes.length !== VALUE_BYTES) throw new Error("wrong answer");
  secret.dispose();
}

function openEcho(path) {
  return new Promise((resolve, reject) => {
    const socket = connectSocket(path, () => resolve(socket));
    socket.once("error", reject);
  });
}

function roundTrip(socket) {
  return new Promise((resolve) => {
    let left = ECHO.length;
    socket.on("data", function take(chunk) {
      left -= chunk.length;
      if (left > 0) return;
      socket.off("data", take);
      resolve();
    });
    socket.write(ECHO);
  });
}

const row = (what, { sotto, echo }, limit) => ({
  what,
  "sotto us": sotto,
  "echo us": echo,
  ratio: sotto / echo,
  limit,
});
