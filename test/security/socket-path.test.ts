/** The socket is made only where nobody else could replace it, and nothing that lies there is removed but a dead socket. */
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, it } from "vitest";
import { needsRoot } from "../support/requirements.ts";
import { Sandbox } from "../support/sandbox.ts";

const LONGEST = 100;
const UID = 64_214;

/** Starts with the socket at `path`; it must be refused with exit 2 and leave what is there as it is. */
async function expectRefused(sandbox: Sandbox, path: string, reason: RegExp): Promise<void> {
  const seen = (): unknown => lstatSync(path, { throwIfNoEntry: false })?.ino;
  const before = seen();
  const { status, stderr } = await sandbox.agent(["start", "--socket", path]);
  expect([status, stderr]).toEqual([2, expect.stringMatching(reason)]);
  expect(seen()).toBe(before);
}

it("B121: a path of 100 bytes is served, one of 101 is refused and never cut", async () => {
  await using sandbox = new Sandbox();
  const ofLength = (length: number): string =>
    join(sandbox.folder, "s".repeat(length - Buffer.byteLength(sandbox.folder) - 1));
  await expectRefused(sandbox, ofLength(LONGEST + 1), /100 bytes/);
  await expectRefused(sandbox, ofLength(LONGEST + 8), /100 bytes/);
  await expectRefused(sandbox, join(sandbox.folder, "\u00e9".repeat(LONGEST / 2)), /100 bytes/); // bytes, not letters
  await sandbox.ok(["start", "--socket", ofLength(LONGEST)]);
  expect(lstatSync(ofLength(LONGEST)).isSocket()).toBe(true);
  await sandbox.ok(["stop", "--socket", ofLength(LONGEST)]);
});

it("B121: a file, a folder, a symbolic link where the socket should be: refused, and still there", async () => {
  await using sandbox = new Sandbox();
  const at = (name: string): string => join(sandbox.folder, name);
  writeFileSync(at("file"), "precious");
  mkdirSync(at("folder"));
  symlinkSync(at("file"), at("link"));
  symlinkSync(at("nowhere"), at("dangling"));
  for (const name of ["file", "folder", "link", "dangling"])
    await expectRefused(sandbox, at(name), /is not a socket/);
  expect(readFileSync(at("file"), "utf8")).toBe("precious");
});

it("B121: a symbolic link to a dead socket is not followed", async () => {
  await using sandbox = new Sandbox();
  await sandbox.ok(["start"]);
  process.kill((await sandbox.pid()) ?? 0, "SIGKILL");
  await expect
    .poll(() => sandbox.agent(["status"]).then(({ status }) => status), { timeout: 20_000 })
    .toBe(5);
  const link = join(sandbox.folder, "link");
  symlinkSync(sandbox.socket, link);
  await expectRefused(sandbox, link, /is not a socket/);
  expect(lstatSync(sandbox.socket).isSocket(), "the socket itself").toBe(true);
});

beforeEach((context) => {
  if (context.task.name.includes("another user")) needsRoot(context);
});

it.each([
  ["everybody may write in", (folder: string) => chmodSync(folder, 0o777)],
  ["a group may write in", (folder: string) => chmodSync(folder, 0o775)],
  ["that belongs to another user", (folder: string) => chownSync(folder, UID, UID)],
])("B121: a folder %s is refused", async (_, spoil) => {
  await using sandbox = new Sandbox();
  const folder = join(sandbox.folder, "run");
  mkdirSync(folder, { mode: 0o755 });
  spoil(folder);
  await expectRefused(sandbox, join(folder, "agent.sock"), /others could replace the socket/);
});

it("B121: a socket of another user, though dead, is refused and still there", async (context) => {
  needsRoot(context);
  await using sandbox = new Sandbox();
  await sandbox.ok(["start"]);
  process.kill((await sandbox.pid()) ?? 0, "SIGKILL");
  chownSync(sandbox.socket, UID, UID);
  await expectRefused(sandbox, sandbox.socket, /belongs to another user/);
});
