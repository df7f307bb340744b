import { readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, it } from "vitest";
import { parseVector } from "../../packages/client/src/test-support/vectors.ts";
import { runCommand } from "../support/command.ts";
import { Installation } from "../support/installation.ts";
import { frame } from "../support/raw-connection.ts";
import { needsRoot } from "../support/requirements.ts";
import { Sandbox } from "../support/sandbox.ts";

const UID = 64_321;
const FRAMES = 20_000;
const CANARY = "canary of the frames that nobody may read";
const VECTORS = new URL("../vectors/frames/", import.meta.url);
let installed: Installation;
beforeAll(() => (installed = new Installation()));
afterAll(() => installed[Symbol.dispose]());

/**
 * Sends frames, each on a connection of its own, sixteen at a time: random bytes, or valid frames with a few changes. Counts how
 * each ended, and looks for the canary in everything that comes back. What is thrown comes from a seed.
 */
const FUZZER = `
const [, socket, kind, count, seed, canary] = process.argv;
const bases = JSON.parse(require("node:fs").readFileSync(0, "utf8")).map((text) => Buffer.from(text, "hex"));
let state = Number(seed);
function dice(sides) { // mulberry32
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) % sides;
}
const INTERESTING = [0, 1, 0x7f, 0x80, 0xff, 0xc0, 0xc1, 0xd9, 0xdf, 0xdd, 0xcb];
function random() {
  const bytes = Buffer.from(Array.from({ length: 1 + dice(120) }, () => dice(256)));
  if (dice(2) === 0 && bytes.length > 8) bytes.writeUInt32BE(bytes.length - 8, 0), bytes.writeUInt32BE(dice(3), 4);
  return bytes;
}
function mutated() {
  let bytes = Buffer.from(bases[dice(bases.length)]);
  for (let n = 1 + dice(4); n > 0; n--) {
    const at = dice(bytes.length);
    const act = dice(5);
    if (act === 0) bytes[at] ^= 1 << dice(8);
    else if (act === 1) bytes[at] = INTERESTING[dice(INTERESTING.length)];
    else if (act === 2) bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)]);
    else if (act === 3) bytes = Buffer.concat([bytes.subarray(0, at), Buffer.from([dice(256)]), bytes.subarray(at)]);
    else bytes = bytes.subarray(0, at + 1);
    if (bytes.length === 0) bytes = Buffer.from([0]);
  }
  return bytes;
}
const ended = { answered: 0, closed: 0, leaked: 0, failed: {} };
function send(bytes) {
  return new Promise((resolve) => {
    const parts = [];
    const connection = require("node:net").connect(socket, () => connection.end(bytes));
    connection.on("data", (part) => parts.push(part));
    connection.on("error", (error) => {
      if (!["EPIPE", "ECONNRESET"].includes(error.code)) ended.failed[error.code] = (ended.failed[error.code] ?? 0) + 1;
    });
    connection.on("close", () => {
      const reply = Buffer.concat(parts);
      if (reply.includes(canary)) ended.leaked++;
      if (reply.length > 0) ended.answered++; else ended.closed++;
      resolve();
    });
  });
}
let left = Number(count);
async function worker() {
  while (left-- > 0) await send(kind === "random" ? random() : mutated());
}
Promise.all(Array.from({ length: 16 }, worker)).then(() => console.log(JSON.stringify(ended)));
`;

interface Ended {
  readonly answered: number;
  readonly closed: number;
  readonly leaked: number;
  readonly failed: Record<string, number>;
}

/** Valid frames of every verb, without a payload where it does not belong to the frame. */
function bases(): string[] {
  const accepted = readdirSync(VECTORS)
    .filter((name) => name.endsWith(".txt"))
    .map((name) => parseVector(readFileSync(new URL(name, VECTORS), "utf8")))
    .filter((vector) => vector.expect === "accept");
  const own = [
    frame({ v: 1, id: 1, verb: "get", name: "job/secret" }),
    frame({ v: 1, id: 1, verb: "get", name: "job/secret", admin: true }),
    frame({ v: 1, id: 1, verb: "get", name: "job/secret" }, Buffer.alloc(43, "A")),
    frame({ v: 1, id: 1, verb: "list", all: true }),
  ];
  return [...accepted.map(({ bytes }) => bytes), ...own].map((bytes) => bytes.toString("hex"));
}

const readings = (pid: number): { fds: number; kib: number } => ({
  fds: readdirSync(`/proc/${String(pid)}/fd`).length,
  kib: Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${String(pid)}/status`, "latin1"))?.[1]),
});

async function fuzz(socket: string, kind: string, count: number, seed: number): Promise<Ended> {
  const { status, stdout, stderr } = await runCommand(
    installed.node,
    ["-e", FUZZER, socket, kind, String(count), String(seed), CANARY],
    { uid: UID, input: JSON.stringify(bases()), timeoutMs: 110_000 },
  );
  expect([status, stderr]).toEqual([0, ""]);
  return JSON.parse(stdout.toString()) as Ended;
}

it.for(["random", "mutated"])(
  "B20: %s frames over a live socket end in an answer or a close, and do no harm",
  async (kind, context) => {
    needsRoot(context); // to be a user without any right
    const seed = Math.floor(Math.random() * 2 ** 31);
    await using sandbox = await Sandbox.start({ shared: true });
    await sandbox.set("job/secret", CANARY);
    await sandbox.grant("job/**", "--uid", "0");
    const pid = (await sandbox.pid()) ?? 0;
    await fuzz(sandbox.socket, kind, FRAMES, seed); // until the heap has found its size
    const before = readings(pid);
    const ended = await fuzz(sandbox.socket, kind, FRAMES, seed + 1);
    const what = `seed ${String(seed + 1)}`;
    expect(ended, what).toMatchObject({ leaked: 0, failed: {} });
    expect(ended.answered + ended.closed, what).toBe(FRAMES);
    expect(ended.answered, what).toBeGreaterThan(FRAMES / 10);

    expect(await sandbox.pid(), what).toBe(pid);
    expect((await sandbox.ok(["get", "job/secret"])).stdout.toString()).toBe(CANARY);
    await expect.poll(() => readings(pid).fds, { timeout: 20_000 }).toBeLessThanOrEqual(before.fds + 2);
    expect(readings(pid).kib - before.kib, `KiB more, ${what}`).toBeLessThan(16 * 1024); // 0.8 KiB a frame
    expect(sandbox.log()).not.toContain(CANARY);
    await context.annotate(`${String(FRAMES)} frames over a live socket, random or changed`, "figure");
    await context.annotate(`${String(ended.answered)} answered`, "figure");
    await context.annotate(`${String(ended.closed)} closed`, "figure");
    await context.annotate(`${String(ended.leaked)} with a secret in the answer`, "figure");
  },
);
