import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  depsOf,
  fixture,
  getValue,
  makeHome,
  openVault,
  PASSPHRASE,
  platform,
  refusal,
  setValue,
} from "./kit.test.helper.ts";
import { Vault } from "./vault.ts";

let at: ReturnType<typeof makeHome>;
let path: (name: string) => string;
let template: ReturnType<typeof makeHome>;
beforeAll(async () => {
  template = makeHome();
  await fixture(template.store);
});
afterAll(() => template.close());
beforeEach(() => {
  at = makeHome({}, template.home);
  path = (name) => join(at.home, name);
});
afterEach(() => at.close());

const refused = (): Promise<string> =>
  refusal(openVault(depsOf(at.store)).then(({ vault }) => vault.destroy()));
const mode = (name: string): number => fs.statSync(path(name)).mode & 0o777;
const names = (): string[] => fs.readdirSync(at.home).sort();
const files = ["last-seen", "vault", "vault.bak", "vault.lock"];

describe("the files of a vault", () => {
  it("are there after a save, for us alone, with the version before as the backup", async () => {
    expect(names()).toEqual(files);
    expect(files.map(mode)).toEqual([0o600, 0o600, 0o600, 0o600]);
    const before = fs.readFileSync(path("vault"));
    const { vault } = await openVault(depsOf(at.store));
    await setValue(vault, "a", "new");
    expect(fs.readFileSync(path("vault.bak")).equals(before)).toBe(true);
    expect(fs.readFileSync(path("last-seen"), "latin1")).toBe(
      `sotto last-seen 1 ${vault.id} ${vault.generation}\n`,
    );
    vault.destroy();
  });

  it("have the same modes whatever the umask", async () => {
    for (const mask of [0, 0o077]) {
      const old = process.umask(mask);
      try {
        const { vault } = await openVault(depsOf(at.store));
        await setValue(vault, "a", "x");
        vault.destroy();
      } finally {
        process.umask(old);
      }
      expect(files.map(mode)).toEqual([0o600, 0o600, 0o600, 0o600]);
    }
  });

  it("say that there is a vault while any of it is left, and a backup is never opened for it", async () => {
    expect(at.store.exists()).toBe(true);
    fs.unlinkSync(path("vault"));
    expect(at.store.exists()).toBe(true);
    expect(await refused()).toBe("vault-damaged not-a-file");
    expect(await refusal(Vault.create(depsOf(at.store), PASSPHRASE, { recovery: false }))).toBe("conflict");
    fs.unlinkSync(path("vault.bak"));
    expect(at.store.exists()).toBe(false);
    expect(await refused()).toBe("uninitialised");
  });
});

describe("B95: what is in the place of the vault is refused when it is", () => {
  const replaced = (make: () => void): Promise<string> => {
    fs.renameSync(path("vault"), path("elsewhere"));
    make();
    return refused();
  };

  it("a folder", async () => {
    expect(await replaced(() => fs.mkdirSync(path("vault")))).toBe("vault-damaged not-a-file");
  });

  it("a FIFO, without waiting for a writer", async () => {
    const started = performance.now();
    expect(await replaced(() => execFileSync("mkfifo", [path("vault")]))).toBe("vault-damaged not-a-file");
    expect(performance.now() - started).toBeLessThan(2000);
  });

  it("a symbolic link", async () => {
    const link = (): void => fs.symlinkSync(path("elsewhere"), path("vault"));
    expect(await replaced(link)).toBe("vault-damaged not-a-file");
  });

  it("a link to a device", async () => {
    expect(await replaced(() => fs.symlinkSync("/dev/zero", path("vault")))).toBe("vault-damaged not-a-file");
  });

  it("a file with another name elsewhere", async () => {
    fs.linkSync(path("vault"), path("elsewhere"));
    expect(await refused()).toBe("vault-damaged links");
  });

  it("readable by others", async () => {
    for (const bits of [0o644, 0o640, 0o602]) {
      fs.chmodSync(path("vault"), bits);
      expect(await refused()).toBe("vault-damaged mode");
    }
  });

  it.skipIf(process.geteuid?.() !== 0)("owned by somebody else (needs root)", async () => {
    fs.chownSync(path("vault"), 12345, 12345);
    expect(await refused()).toBe("vault-damaged owner");
  });

  it("5 GiB long, without reading it", async () => {
    fs.truncateSync(path("vault"), 5 * 1024 ** 3);
    const before = process.memoryUsage().rss;
    expect(await refused()).toBe("vault-damaged size");
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * 1024 * 1024);
  });

  it("shorter than any vault", async () => {
    fs.truncateSync(path("vault"), 100);
    expect(await refused()).toBe("vault-damaged size");
  });
});

describe("B104: what a killed process left", () => {
  it("is removed when the vault is opened; other files stay", async () => {
    fs.writeFileSync(path("vault.tmp-0011223344556677"), "half a vault");
    fs.writeFileSync(path("last-seen.tmp-0011223344556677"), "");
    fs.writeFileSync(path("vault.tmp-notes"), "not ours");
    expect(await refused()).toBe("accepted");
    expect(names()).toEqual([...files, "vault.tmp-notes"]);
  });

  it("is left alone while another process saves, whose lock is waited for, then conflict", async () => {
    const { vault } = await openVault(depsOf(at.store));
    fs.writeFileSync(path("vault.tmp-0011223344556677"), "being written");
    const release = holdLock(path("vault.lock"));
    try {
      expect(await refused()).toBe("accepted");
      expect(names()).toContain("vault.tmp-0011223344556677");
      expect(await refusal(setValue(vault, "a", "x"))).toBe("conflict");
    } finally {
      release();
    }
    expect(await refusal(setValue(vault, "a", "x"))).toBe("accepted");
    vault.destroy();
  });
});

/** Holds the lock as another process would: the lock belongs to the open file. */
function holdLock(file: string): () => void {
  const fd = fs.openSync(file, "r+");
  expect(platform.tryLock(fd)).toBe(true);
  return () => fs.closeSync(fd);
}

describe("B105: a crash between the link of the backup and the rename", () => {
  it("leaves one file with two names, which opens and saves", async () => {
    fs.unlinkSync(path("vault.bak"));
    fs.linkSync(path("vault"), path("vault.bak"));
    expect(await refused()).toBe("accepted");
    const { vault } = await openVault(depsOf(at.store));
    await setValue(vault, "a", "x");
    vault.destroy();
    expect(fs.statSync(path("vault")).nlink).toBe(1);
    expect(fs.statSync(path("vault.bak")).nlink).toBe(1);
    expect(await refused()).toBe("accepted");
  });
});

describe("another agent on the same vault", () => {
  it("B106: that saved first is not overwritten", async () => {
    const [one, two] = [await openVault(depsOf(at.store)), await openVault(depsOf(at.store))];
    await setValue(one.vault, "a", "first");
    const { contents, generation } = two.vault;
    expect(await refusal(setValue(two.vault, "a", "second"))).toBe("conflict");
    expect(two.vault.contents).toBe(contents);
    expect(two.vault.generation).toBe(generation);
    const again = await openVault(depsOf(at.store));
    expect(getValue(again.vault, "a").toString()).toBe("first");
    for (const { vault } of [one, two, again]) vault.destroy();
  });

  it("B103: at the same time: one wins, each time", async () => {
    for (let round = 0; round < 10; round++) {
      const vaults = await Promise.all([0, 1, 2].map(async () => (await openVault(depsOf(at.store))).vault));
      const results = await Promise.all(
        vaults.map((vault, i) => refusal(setValue(vault, "a", `${round} ${i}`))),
      );
      expect(results.toSorted()).toEqual(["accepted", "conflict", "conflict"]);
      const again = await openVault(depsOf(at.store));
      expect(getValue(again.vault, "a").toString()).toBe(`${round} ${results.indexOf("accepted")}`);
      for (const vault of [...vaults, again.vault]) vault.destroy();
    }
  });

  it("B106: that restored an older vault, or removed it, is noticed", async () => {
    const { vault } = await openVault(depsOf(at.store));
    fs.copyFileSync(path("vault.bak"), path("vault"));
    expect(await refusal(setValue(vault, "a", "x"))).toBe("conflict");
    fs.unlinkSync(path("vault"));
    expect(await refusal(setValue(vault, "a", "x"))).toBe("conflict");
    vault.destroy();
  });
});

describe("B92: the record of the last save seen", () => {
  it("refuses the backup in the place of the vault", async () => {
    fs.renameSync(path("vault.bak"), path("vault"));
    expect(await refused()).toBe("rollback");
    const { vault, warnings } = await openVault(depsOf(at.store), { acceptRollback: true });
    expect(warnings).toEqual(["rollback-accepted"]);
    vault.destroy();
    expect(await refused()).toBe("accepted");
  });

  it.each(["", "sotto last-seen 1 00 1\n", "sotto last-seen 2 x 1\n", "x".repeat(5000)])(
    "that cannot be read is told, and written anew (case %#)",
    async (text) => {
      fs.writeFileSync(path("last-seen"), text);
      const first = await openVault(depsOf(at.store));
      expect(first.warnings).toEqual(["last-seen-missing"]);
      first.vault.destroy();
      const second = await openVault(depsOf(at.store));
      expect(second.warnings).toEqual([]);
      second.vault.destroy();
    },
  );

  it("that is older than the vault is brought up to date in silence: the crash of a save leaves it so", async () => {
    const old = fs.readFileSync(path("last-seen"));
    const { vault } = await openVault(depsOf(at.store));
    await setValue(vault, "a", "x");
    vault.destroy();
    const current = fs.readFileSync(path("last-seen"));
    fs.writeFileSync(path("last-seen"), old);
    const again = await openVault(depsOf(at.store));
    expect(again.warnings).toEqual([]);
    again.vault.destroy();
    expect(fs.readFileSync(path("last-seen")).equals(current)).toBe(true);
  });
});
