import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { FileStore } from "./file-store.ts";
import {
  depsOf,
  fixture,
  getValue,
  makeHome,
  openVault,
  platform,
  refusal,
  setValue,
} from "./kit.test.helper.ts";
import type { Vault } from "./vault.ts";

/** Which sync of a save is to fail: 1 the new vault, 2 the folder, 3 the record of the last save seen, 4 the folder. */
let failing: number;
let syncs: { fd: number; target: string }[];
let at: ReturnType<typeof makeHome>;
let vault: Vault;

const sync = async (fd: number): Promise<void> => {
  syncs.push({ fd, target: fs.readlinkSync(`/proc/self/fd/${fd}`) });
  if (syncs.length === failing) throw new Error("EIO");
  await platform.sync(fd);
};

let template: ReturnType<typeof makeHome>;
beforeAll(async () => {
  template = makeHome();
  await fixture(template.store);
});
afterAll(() => template.close());
beforeEach(async () => {
  [failing, syncs] = [0, []];
  at = makeHome({ sync }, template.home);
  ({ vault } = await openVault(depsOf(at.store)));
  syncs = [];
});
afterEach(() => {
  vault.destroy();
  at.close();
});

const disk = (): Buffer => fs.readFileSync(join(at.home, "vault"));
const temps = (): string[] => fs.readdirSync(at.home).filter((name) => name.includes(".tmp-"));

/** A save that fails with `code` changes nothing, leaves nothing behind, and the next one works. */
async function failsCleanly(code: string, breakIt: () => void, mend: () => void): Promise<void> {
  const [before, contents, generation] = [disk(), vault.contents, vault.generation];
  breakIt();
  const result = await refusal(setValue(vault, "a", "lost"));
  mend();
  expect(result).toBe(code);
  expect(disk().equals(before)).toBe(true);
  expect(vault.contents).toBe(contents);
  expect(vault.generation).toBe(generation);
  expect(temps()).toEqual([]);
  await setValue(vault, "a", "kept");
  const again = await openVault(depsOf(at.store));
  expect(getValue(again.vault, "a").toString()).toBe("kept");
  expect(again.vault.generation).toBe(generation + 1);
  again.vault.destroy();
}

describe("a save", () => {
  it("syncs the new vault before the rename, then the folder, then the record and the folder again", async () => {
    await setValue(vault, "a", "x");
    const targets = syncs.map(({ target }) => target.slice(at.home.length).replace(/-[0-9a-f]{16}/, ""));
    expect(targets).toEqual(["/vault.tmp", "", "/last-seen.tmp", ""]);
  });

  it("B98: fails cleanly when the new vault cannot be synced, which is tried once", async () => {
    await failsCleanly(
      "save-failed",
      () => (failing = 1),
      () => {
        expect(syncs).toHaveLength(1);
        failing = 0;
      },
    );
  });

  it("B99: tells that durability is unknown when the folder cannot be synced; the change is in force", async () => {
    for (failing = 2; failing <= 4; failing++) {
      syncs = [];
      const value = `saved ${failing}`;
      expect(await setValue(vault, "a", value)).toEqual({ durable: false });
      expect(getValue(vault, "a").toString()).toBe(value);
      const again = await openVault(
        depsOf(new FileStore({ home: at.home, platform, log: { warn: () => undefined } })),
      );
      expect(getValue(again.vault, "a").toString()).toBe(value);
      again.vault.destroy();
      expect(temps()).toEqual([]);
    }
    [failing, syncs] = [0, []];
    expect(await setValue(vault, "a", "sure")).toEqual({ durable: true });
  });

  it("B99: fails cleanly when the backup cannot be replaced", async () => {
    const backup = join(at.home, "vault.bak");
    await failsCleanly(
      "save-failed",
      () => {
        fs.unlinkSync(backup);
        fs.mkdirSync(backup);
      },
      () => fs.rmdirSync(backup),
    );
  });

  it.skipIf(process.geteuid?.() !== 0)(
    "B102: fails cleanly in a folder made unchangeable (needs root)",
    async (context) => {
      try {
        execFileSync("chattr", ["+i", at.home], { stdio: "ignore" });
        execFileSync("chattr", ["-i", at.home], { stdio: "ignore" });
      } catch {
        context.skip("this file system has no immutable flag");
      }
      await failsCleanly(
        "save-failed",
        () => execFileSync("chattr", ["+i", at.home]),
        () => execFileSync("chattr", ["-i", at.home]),
      );
    },
  );

  it("fails cleanly when the folder has gone", async () => {
    const away = `${at.home}-away`;
    await failsCleanly(
      "save-failed",
      () => fs.renameSync(at.home, away),
      () => fs.renameSync(away, at.home),
    ).catch((error: unknown) => {
      if (fs.existsSync(away)) fs.renameSync(away, at.home);
      throw error;
    });
  });

  it("B98: notices when the disk holds something else than was written", async () => {
    const spoil = async (fd: number): Promise<void> => {
      await platform.sync(fd);
      const target = fs.readlinkSync(`/proc/self/fd/${fd}`);
      if (!target.includes("vault.tmp") || failing === 0) return;
      const bytes = fs.readFileSync(target);
      if (failing === 1) bytes.writeUInt8((bytes.at(-1) ?? 0) ^ 1, bytes.length - 1);
      fs.writeFileSync(target, failing === 1 ? bytes : Buffer.concat([bytes, Buffer.alloc(1)]));
    };
    vault.destroy();
    const log = { warn: () => undefined };
    const store = new FileStore({ home: at.home, platform: { ...platform, sync: spoil }, log });
    ({ vault } = await openVault(depsOf(store)));
    for (const how of [1, 2])
      await failsCleanly(
        "save-failed",
        () => (failing = how),
        () => (failing = 0),
      );
  });

  it("is given up when a lock comes while it is written: disk as before, nothing left behind", async () => {
    const before = disk();
    const saving = refusal(setValue(vault, "a", "x"));
    while (syncs.length === 0) await new Promise(setImmediate);
    vault.destroy();
    expect(await saving).toBe("locked");
    expect(disk().equals(before)).toBe(true);
    expect(temps()).toEqual([]);
  });
});
