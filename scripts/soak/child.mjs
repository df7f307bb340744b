/** Jobs of one uid at a steady rate: `child.mjs SOCKET UID RATE SECRETS`. Tells its parent how each request ended. */
import { randomBytes } from "node:crypto";
import { connect as connectSocket } from "node:net";
import { clearInterval, setInterval } from "node:timers";
import { connect, getSecret } from "@sotto/client";

const [socket, uid, rate, secrets] = process.argv.slice(2);
const REPORT_MS = 1_000;
const VALUE_BYTES = 200;
const MALFORMED_MS = 20_000;
let told = [];
let warm;
let running = 0;
let ending = false;

if (process.getuid() !== Number(uid)) {
  process.setgroups([]);
  process.setgid(Number(uid));
  process.setuid(Number(uid));
}
const ticker = setInterval(() => void request(), 1000 / Number(rate));
const reporter = setInterval(report, REPORT_MS);
process.on("message", () => {
  ending = true;
  clearInterval(ticker);
  if (running === 0) finish();
});
process.send("ready");

/** What a request is, and up to which throw of the dice: one in a hundred is malformed, half go over one connection. */
const MIXTURE = [
  [0.01, malformed],
  [0.05, wrongToken],
  [0.08, list],
  [0.45, cold],
  [1, onOneConnection],
];

async function request() {
  running++;
  const dice = Math.random();
  const [, act] = MIXTURE.find(([upTo]) => dice < upTo);
  const began = performance.now();
  try {
    const outcome = await act();
    told.push(outcome === "ok" ? [outcome, performance.now() - began] : [outcome]);
  } catch (error) {
    told.push([error.code ?? `not an error of ours: ${error.message}`]);
  }
  running--;
  if (ending && running === 0) finish();
}

const someName = () => `load/${String(Math.floor(Math.random() * Number(secrets)))}`;

async function cold() {
  return check(await getSecret(someName(), { socket }));
}

function check(secret) {
  const { length } = secret.bytes;
  secret.dispose();
  return length === VALUE_BYTES ? "ok" : "a wrong value";
}

async function onOneConnection() {
  warm ??= connect({ socket });
  try {
    return check(await (await warm).get(someName()));
  } catch (error) {
    if (error.code !== "locked") warm = undefined; // closed at a lock, or when it was idle
    if (error.code === "unreachable") return "broken off"; // by a lock while an answer was under way
    throw error;
  }
}

async function wrongToken() {
  await getSecret("load/nothing", { socket, token: Buffer.from(randomBytes(32).toString("base64url")) });
}

async function list() {
  const client = await connect({ socket });
  try {
    await client.request("list", { prefix: "load" });
    return "names";
  } finally {
    client.close();
  }
}

/** Whatever it is, the agent answers once at most and closes. */
function malformed() {
  return new Promise((resolve, reject) => {
    const connection = connectSocket(socket, () =>
      connection.end(randomBytes(1 + Math.floor(Math.random() * 200))),
    );
    connection.on("error", (error) =>
      error.code === "EPIPE" || error.code === "ECONNRESET" ? undefined : reject(error),
    );
    connection.setTimeout(MALFORMED_MS, () => resolve("a malformed frame that nobody closed upon"));
    connection.on("close", () => resolve("malformed"));
    connection.resume();
  });
}

function report() {
  if (told.length > 0) process.send(told);
  told = [];
}

function finish() {
  clearInterval(reporter);
  report();
  process.disconnect();
  void warm?.then((client) => client.close()).catch(() => undefined);
}
