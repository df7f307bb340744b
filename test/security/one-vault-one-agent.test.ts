/** A vault is open in one agent at a time, by whatever path another one comes to it, and also while Sotto is upgraded. */
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  linkSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { type Result, runCommand } from "../support/command.ts";
import { Installation } from "../support/installation.ts";
import { needsPrograms, needsRoot } from "../support/requirements.ts";
import { PASSPHRASE, Sandbox } from "../support/sandbox.ts";

const NEW_VERSION = "9.9.9";

interface Status {
  readonly state: string;
  readonly version: string;
  readonly pid: number;
}

async function statusOf(sandbox: Sandbox): Promise<Status> {
  return JSON.parse((await sandbox.agent(["status", "--json"])).stdout.toString()) as Status;
}

/** Sotto as it will be: elsewhere, and of another version. */
class Upgrade implements Disposable {
  readonly #installed = new Installation();

  constructor() {
    const file = join(this.#installed.modules, "@sotto/agent/package.json");
    const manifest = JSON.parse(readFileSync(file, "utf8")) as object;
    writeFileSync(file, JSON.stringify({ ...manifest, version: NEW_VERSION }));
  }

  agent(sandbox: Sandbox, ...args: readonly string[]): Promise<Result> {
    const { node, cli } = this.#installed;
    return runCommand(node, [cli, ...args], { env: sandbox.environment });
  }

  [Symbol.dispose](): void {
    this.#installed[Symbol.dispose]();
  }
}

it("B125: a new version is refused while the old one holds the vault, and takes over locked", async () => {
  using upgrade = new Upgrade();
  await using sandbox = await Sandbox.start();
  const old = await statusOf(sandbox);
  for (const more of [[], ["--socket", join(sandbox.home, "other.sock")]]) {
    const { status, stderr } = await upgrade.agent(sandbox, "start", ...more);
    expect([status, stderr]).toEqual([1, expect.stringContaining("already running")]);
  }
  expect(await statusOf(sandbox)).toMatchObject({ state: "unlocked", pid: old.pid, version: old.version });

  expect((await upgrade.agent(sandbox, "stop")).status, "the new command stops the old agent").toBe(0);
  expect((await upgrade.agent(sandbox, "start")).status).toBe(0);
  expect(await statusOf(sandbox)).toMatchObject({ state: "locked", version: NEW_VERSION });
  await sandbox.ok(["unlock"], { passphrase: PASSPHRASE });
});

it("B125: another path to the same home is the same home", async (context) => {
  needsRoot(context);
  needsPrograms(context, "mount", "umount");
  await using sandbox = await Sandbox.start();
  const mounted = join(sandbox.folder, "mounted");
  const linked = join(sandbox.folder, "linked");
  mkdirSync(mounted);
  symlinkSync(sandbox.home, linked);
  execFileSync("mount", ["--bind", sandbox.home, mounted]);
  try {
    const socket = join(sandbox.folder, "other.sock");
    const byMount = await sandbox.agent(["start", "--home", mounted, "--socket", socket]);
    expect([byMount.status, byMount.stderr]).toEqual([1, expect.stringContaining("already running")]);
    const byLink = await sandbox.agent(["start", "--home", linked, "--socket", socket]);
    expect([byLink.status, byLink.stderr]).toEqual([2, expect.stringContaining("is not a folder")]);
  } finally {
    await sandbox.agent(["stop", "--socket", join(sandbox.folder, "other.sock")]); // had one started after all
    execFileSync("umount", ["--lazy", mounted]);
  }
  expect((await statusOf(sandbox)).state).toBe("unlocked");
});

it("B125: the vault of another home is not opened through a link, hard or symbolic", async () => {
  await using sandbox = await Sandbox.start();
  await using other = new Sandbox();
  await other.ok(["start"]);
  const vault = join(other.home, "vault");
  symlinkSync(join(sandbox.home, "vault"), vault);
  const bySymlink = await other.agent(["unlock"], { passphrase: PASSPHRASE });
  expect([bySymlink.status, (await statusOf(other)).state], bySymlink.stderr).toEqual([8, "locked"]);
  rmSync(vault);
  linkSync(join(sandbox.home, "vault"), vault);
  const byLink = await other.agent(["unlock"], { passphrase: PASSPHRASE });
  expect([byLink.status, (await statusOf(other)).state], byLink.stderr).toEqual([8, "locked"]);

  rmSync(vault);
  copyFileSync(join(sandbox.home, "vault"), vault);
  chmodSync(vault, 0o600);
  const byCopy = await other.agent(["unlock"], { passphrase: PASSPHRASE });
  expect(byCopy.status, "a copy is a vault of its own: it is what was refused before, and opens").toBe(0);
});
