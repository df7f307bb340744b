/** `agent import` fails in the middle: what was stored is taken back, and what stands is told exactly. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeEach, expect, it } from "vitest";
import type { Result } from "../support/command.ts";
import { grant, liveAgent, set } from "../support/live-agent.ts";
import { Meddler, type Meddling } from "../support/meddler.ts";
import { PASSPHRASE } from "../support/sandbox.ts";

const agent = liveAgent({ config: { ticket: "0" } });
/** For a signal to reach the command before the answer does, in milliseconds. */
const HEARD_MS = 200;
let runs = 0;
let prefix = "";

beforeEach(async () => {
  prefix = `back/p${runs++}`;
  using administrator = await agent().administrator();
  await grant(administrator, `${prefix}/**`, { uids: [process.getuid?.() ?? 0] });
});

/** Imports a text while something happens before a request of the import. */
async function importWhile(meddling: Meddling, text: string, ...options: readonly string[]): Promise<Result> {
  const { sandbox } = agent();
  const file = join(sandbox.folder, `file-${runs}`);
  writeFileSync(file, text);
  await using meddler = await Meddler.start(sandbox.folder, sandbox.socket, meddling);
  const args = [
    "import",
    "json",
    file,
    "--prefix",
    prefix,
    "--socket",
    meddler.socket,
    "--quiet",
    ...options,
  ];
  return await sandbox.agent(args, { passphrase: PASSPHRASE });
}

async function setAs(name: string, value: string): Promise<void> {
  using administrator = await agent().administrator();
  await set(administrator, `${prefix}/${name}`, Buffer.from(value));
}

async function names(): Promise<string[]> {
  const { stdout } = await agent().sandbox.ok(["list", prefix]);
  return stdout.toString().split("\n").filter(Boolean);
}

const get = async (name: string): Promise<string> =>
  (await agent().sandbox.ok(["get", `${prefix}/${name}`])).stdout.toString();

async function show(name: string): Promise<{ attributes: object; versions: { version: number }[] }> {
  const { stdout } = await agent().sandbox.ok(["show", `${prefix}/${name}`, "--json"], {
    passphrase: PASSPHRASE,
  });
  return JSON.parse(stdout.toString()) as Awaited<ReturnType<typeof show>>;
}

const THREE = '{"a": "1", "b": "2", "c": "3"}';

it("a name that is taken meanwhile: what was new is removed", async () => {
  const meddling: Meddling = async (verb, count) => {
    if (verb === "set" && count === 3) await setAs("c", "theirs");
    return true;
  };
  const { status, stdout, stderr } = await importWhile(meddling, THREE);
  expect([status, stdout.toString()]).toEqual([9, ""]);
  expect(stderr).toBe(
    `agent: error: import json: ${prefix}/c: it was changed in the meantime, or exists already; nothing of the file was imported\n`,
  );
  expect(await names()).toEqual([`${prefix}/c`]);
  expect(await get("c")).toBe("theirs");
});

it("what was replaced gets its value and its attributes back, and the report says under which numbers", async () => {
  await agent().sandbox.set(`${prefix}/a`, "old", ["--attr", "username=alice", "--attr", "note=x"]);
  const meddling: Meddling = async (verb, count) => {
    if (verb === "set" && count === 2) await setAs("b", "theirs");
    return true;
  };
  const text = '{"a": {"username": "bob", "password": "new", "url": "u"}, "b": "2"}';
  const { status, stderr } = await importWhile(meddling, text, "--replace");
  expect(status).toBe(9);
  expect(stderr).toContain(
    `agent: warning: ${prefix}/a has its earlier value again (version 4); the imported one is version 2\n`,
  );
  expect(stderr).toContain("the warnings say what was");
  expect(await get("a")).toBe("old");
  const { attributes, versions } = await show("a");
  expect(attributes).toEqual({ username: "alice", note: "x" });
  expect(versions[0]?.version).toBe(4);
});

it("what someone else changed meanwhile is left alone, and told", async () => {
  const meddling: Meddling = async (verb, count) => {
    if (verb !== "set" || count !== 3) return true;
    await setAs("a", "theirs");
    await setAs("c", "theirs");
    return true;
  };
  const { status, stderr } = await importWhile(meddling, THREE);
  expect([status, stderr]).toEqual([
    9,
    expect.stringContaining(`warning: ${prefix}/a was changed by someone else meanwhile, and is left alone`),
  ]);
  expect(await names()).toEqual([`${prefix}/a`, `${prefix}/c`]);
  expect(await get("a")).toBe("theirs");
});

it("an agent that is locked meanwhile cannot take back: what stands is told", async () => {
  const meddling: Meddling = async (verb, count) => {
    if (verb === "set" && count === 3) await agent().sandbox.ok(["lock"]);
    return true;
  };
  const { status, stderr } = await importWhile(meddling, THREE);
  await agent().sandbox.ok(["unlock"], { passphrase: PASSPHRASE });
  expect(status).toBe(3);
  for (const name of ["a", "b"])
    expect(stderr).toContain(
      `warning: ${prefix}/${name} stays as it was imported (version 1): the agent is locked\n`,
    );
  expect(await names()).toEqual([`${prefix}/a`, `${prefix}/b`]);
});

it("a connection that ends: what stands is told, and what is not known", async () => {
  const { status, stderr } = await importWhile((verb, count) => verb !== "set" || count !== 2, THREE);
  expect(status).toBe(5);
  expect(stderr).toContain(`warning: ${prefix}/a stays as it was imported (version 1)`);
  expect(stderr).toContain(`warning: ${prefix}/b may have been stored: the agent did not say`);
});

it("a proof that ends in the middle, and nobody to prove it again: what stands is told", async () => {
  const meddling: Meddling = async (verb, count) => {
    if (verb !== "set" || count !== 2) return true;
    await agent().sandbox.ok(["lock"]);
    await agent().sandbox.ok(["unlock"], { passphrase: PASSPHRASE });
    return true;
  };
  const { status, stderr } = await importWhile(meddling, THREE);
  expect([status, stderr]).toEqual([
    7,
    expect.stringContaining(`warning: ${prefix}/a stays as it was imported (version 1)\n`),
  ]);
});

/** The process with this among its arguments. */
function pidWith(argument: string): number {
  const pid = readdirSync("/proc").find(
    (entry) => /^\d+$/.test(entry) && argumentsOf(entry).includes(argument),
  );
  return Number(pid);
}

function argumentsOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
  } catch {
    return []; // it has ended
  }
}

it.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
  "%s in the middle: nothing is left of it",
  async (signal) => {
    const meddling: Meddling = async (verb, count) => {
      if (verb !== "set" || count !== 2) return true;
      process.kill(pidWith(join(agent().sandbox.folder, "meddler.sock")), signal);
      await sleep(HEARD_MS);
      return true;
    };
    const { status, stderr } = await importWhile(meddling, THREE);
    expect([status, stderr]).toEqual([
      1,
      expect.stringContaining("interrupted; nothing of the file was imported"),
    ]);
    expect(await names()).toEqual([]);
  },
);
