import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { Asker } from "../support/asker.ts";
import { annotateCopies, copiesIn, newMarker, none, valueWith } from "../support/canaries.ts";
import { frame } from "../support/raw-connection.ts";
import { needsRoot } from "../support/requirements.ts";
import { Sandbox } from "../support/sandbox.ts";
import { Stepper } from "../support/steps.ts";

const LIBRARY = fileURLToPath(new URL("../../packages/client/dist/index.js", import.meta.url));
/** Short ones, which V8 would keep in its own heap, and up to the longest. */
const SIZES = [24, 60, 20_000, 1024 * 1024];

/** A job, as its author would write it, in steps. It reads what it sends from files, into buffers that it wipes. */
const JOB = `
import { openSync, readSync, closeSync } from "node:fs";
const [, library, socket, broken, folder] = process.argv;
const { connect, getSecret, withSecret, wipe } = await import(library);
const names = ["canary/s0", "canary/s1", "canary/s2", "canary/s3"];
const held = [];

/** What lies in V8's own heap is moved, and a copy stays behind. */
const collect = () => gc({ type: "minor" });

function readBytes(file) {
  const bytes = Buffer.from(new ArrayBuffer(24)); // never in V8's own heap, where short Buffers lie
  const fd = openSync(folder + "/" + file, "r");
  readSync(fd, bytes, 0, 24, 0);
  closeSync(fd);
  return bytes;
}

step("get", async () => {
  for (const name of names) held.push(await getSecret(name, { socket }));
  collect();
});
step("dispose", () => { for (const secret of held.splice(0)) secret.dispose(); });
let leave;
step("enter", () => new Promise((entered) => {
  withSecret(names[1], () => new Promise((resolve) => { leave = resolve; entered(); }), { socket });
}));
step("leave", async () => { leave(); await new Promise(setImmediate); });
step("throw", async () => {
  await withSecret(names[2], (secret) => { throw new Error("of length " + secret.bytes.length); }, { socket }).catch(() => {});
});
step("fail", async () => {
  for (const socket of broken.split(":")) {
    const error = await getSecret("canary/s1", { socket, timeoutMs: 500 }).then(() => undefined, (error) => error);
    if (error === undefined) throw new Error("got an answer from " + socket);
    held.push(error); // whoever catches it may keep it
  }
});
step("send", async () => {
  const passphrase = readBytes("passphrase");
  const token = readBytes("token");
  const client = await connect({ socket });
  await client.request("auth", {}, { payload: passphrase });
  for (let i = 0; i < 5; i++) (await client.get(names[0], { token })).dispose();
  (await getSecret(names[0], { socket, token })).dispose();
  await client.request("auth", {}, { payload: token }).then(() => { throw new Error("accepted"); }, (error) => held.push(error));
  for (let i = 0; i < 2; i++) await client.request("set", { name: "canary/sent" }, { payload: token });
  client.close();
  collect();
  wipe(passphrase);
  wipe(token);
});
`;

it("B73: after dispose no copy of a value, passphrase or token is left in a job's memory", async (context) => {
  needsRoot(context);
  const [value, passphrase, token] = [newMarker(), newMarker(), newMarker()];
  const canaries = { value, passphrase, token };
  await using sandbox = await Sandbox.start({ init: false });
  await fill(sandbox, passphrase, value);
  await using broken = await BrokenAgents.start(value);
  writeFileSync(join(broken.folder, "passphrase"), passphrase);
  writeFileSync(join(broken.folder, "token"), token);
  using job = new Stepper(JOB, [LIBRARY, sandbox.socket, broken.sockets.join(":"), broken.folder]);
  const copies = (): Readonly<Record<string, number>> => copiesIn(job.pid, canaries).found;

  await job.run("get");
  expect(copies()["value"], "held: the scan finds it").toBeGreaterThan(0);
  await job.run("dispose");
  expect(copies(), "after dispose").toEqual(none(canaries));

  await job.run("enter");
  expect(copies()["value"], "within withSecret").toBeGreaterThan(0);
  await job.run("leave");
  expect(copies(), "after withSecret").toEqual(none(canaries));

  for (const step of ["throw", "fail", "send"]) {
    await job.run(step);
    expect(copies(), `after ${step}`).toEqual(none(canaries));
  }
  await annotateCopies(context, copiesIn(job.pid, canaries));
});

async function fill(sandbox: Sandbox, passphrase: Buffer, marker: Buffer): Promise<void> {
  using asker = await Asker.open(sandbox.socket);
  await asker.must("init", { recovery: false }, passphrase);
  await asker.must("grant", { selector: "canary/**", may: ["get"], uids: [process.getuid?.() ?? 0] });
  for (const [i, size] of SIZES.entries())
    await asker.must("set", { name: `canary/s${String(i)}` }, valueWith(marker, size));
}

const REPLY = { id: 1, ok: true, attributes: {}, version: 1 };

/** Agents that begin to answer with a value and then fail: one closes, one falls silent, one answers with nonsense. */
class BrokenAgents implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), "sotto-broken-"));
  readonly sockets: string[] = [];
  readonly #servers: Server[] = [];

  static async start(marker: Buffer): Promise<BrokenAgents> {
    const agents = new BrokenAgents();
    const answer = frame(REPLY, valueWith(marker, 50_000));
    const half = answer.subarray(0, 30_000);
    await agents.#serve((socket) => socket.end(half));
    await agents.#serve((socket) => socket.write(half));
    await agents.#serve((socket) => socket.write(frame({ ...REPLY, id: 7 }, valueWith(marker, 50_000))));
    await agents.#serve((socket) =>
      socket.write(Buffer.concat([answer.subarray(0, 8), valueWith(marker, 99)])),
    );
    return agents;
  }

  #serve(misbehave: (socket: Socket) => void): Promise<void> {
    const path = join(this.folder, String(this.sockets.length));
    this.sockets.push(path);
    const server = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.once("data", () => misbehave(socket));
    });
    this.#servers.push(server);
    return new Promise((resolve) => server.listen(path, resolve));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.#servers) await new Promise((resolve) => server.close(resolve));
    rmSync(this.folder, { recursive: true });
  }
}
