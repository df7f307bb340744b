import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { firstBadLine, got, Kit } from "./kit.test.helper.ts";
import { NOT_CONTINUED, TORN, TROUBLES } from "./notes.ts";

describe("where the audit begins", () => {
  it("B112: begins with 64 zeros and file 1, and another agent goes on in the same chain", () => {
    using kit = new Kit();
    expect(kit.start().write(got())).toBe(true);
    expect(kit.start().write(got())).toBe(true);
    expect(kit.story()).toEqual(["audit: begins", "get", "get"]);
    expect(kit.records()[0]).toMatchObject({ file: 1, previous: "00".repeat(32) });
    expect(kit.firstBadLine()).toBeUndefined();
  });

  it("goes on after the highest rotated file where there is no present one", () => {
    using kit = new Kit();
    kit.start().write(got());
    renameSync(kit.path, join(kit.folder, "audit-000007.jsonl"));
    kit.start().write(got());
    expect(kit.records()[0]).toMatchObject({ note: "continues", file: 8 });
    expect(kit.firstBadLine()).toBeUndefined();
  });

  it("keeps a line that a crash has torn, closes it, and says so", () => {
    using kit = new Kit();
    kit.start().write(got());
    appendFileSync(kit.path, '{"time":"2026-11-2\u0000\u0000');
    kit.start().write(got());
    const lines = kit.text().trimEnd().split("\n");
    expect(lines[2]).toBe('{"time":"2026-11-2\u0000\u0000');
    expect(lines[3]).toContain(`"verb":"audit","result":"allowed","note":"${TORN}"`);
    expect(firstBadLine([lines.filter((_line, at) => at !== 2).join("\n")])).toBeUndefined();
  });

  it("takes a whole line without its newline for what it is", () => {
    using kit = new Kit();
    kit.start().write(got());
    truncateSync(kit.path, kit.text().length - 1);
    kit.start().write(got());
    expect(kit.story()).toEqual(["audit: begins", "get", "get"]);
    expect(kit.firstBadLine()).toBeUndefined();
  });

  it.each(["no audit\n", '{"verb":"get"}\n', "{", "\n"])(
    "sets aside what it cannot go on with: %j",
    (content) => {
      using kit = new Kit();
      writeFileSync(kit.path, content, { mode: 0o600 });
      kit.start().write(got());
      expect(kit.text("audit-000001.jsonl")).toBe(content);
      expect(kit.records()[0]).toMatchObject({ note: "begins", file: 2 });
      expect(kit.story()[1]).toBe(`audit: ${NOT_CONTINUED}`);
    },
  );
});

describe("B108: what is not the file that the agent left", () => {
  const SPOILERS: Record<string, (path: string) => void> = {
    removed: (path) => rmSync(path),
    cut: (path) => truncateSync(path, 10),
    foreign: (path) => appendFileSync(path, "forged\n"),
  };

  it.each(["removed", "cut", "foreign"] as const)("%s: nothing is written until told to go on", (what) => {
    using kit = new Kit();
    const audit = kit.start();
    audit.write(got());
    const { chain } = kit.records().at(-1) ?? {};
    SPOILERS[what]?.(kit.path);
    for (let i = 0; i < 3; i++) expect(audit.write(got())).toBe(false);
    expect(audit.ready()).toBe(false);
    expect(kit.told).toEqual([expect.stringContaining(TROUBLES[what])]);
    audit.reopen();
    expect(audit.write(got())).toBe(true);
    expect(kit.story()).toEqual(["audit: continues", `audit: ${TROUBLES[what]}`, "get"]);
    expect(kit.records()[0]).toMatchObject({ file: 2, previous: chain });
    if (what !== "removed") expect(kit.files()).toContain("audit-000001.jsonl");
  });

  it("another mode: until it is the right one again", () => {
    using kit = new Kit();
    const audit = kit.start();
    for (const mode of [0o644, 0o000, 0o4600]) {
      chmodSync(kit.path, mode);
      expect(audit.write(got())).toBe(false);
      chmodSync(kit.path, 0o600);
      expect(audit.write(got())).toBe(true);
    }
    expect(kit.story().slice(0, 3)).toEqual(["audit: begins", `audit: ${TROUBLES.mode}`, "get"]);
    expect(kit.firstBadLine()).toBeUndefined();
  });

  const IMPOSTORS: Record<string, (path: string) => void> = {
    fifo: (path) => execFileSync("mkfifo", ["-m", "600", path]),
    folder: (path) => mkdirSync(path),
    link: (path) => symlinkSync("/dev/null", path),
  };

  it.each(["fifo", "folder", "link"])(
    "a %s in its place, at the start and at a reopen: neither written to nor waited for",
    (what) => {
      using kit = new Kit();
      IMPOSTORS[what]?.(kit.path);
      const audit = kit.start();
      expect(audit.write(got())).toBe(false);
      rmSync(kit.path, { recursive: true });
      expect(audit.write(got())).toBe(true);
      rmSync(kit.path);
      IMPOSTORS[what]?.(kit.path);
      audit.reopen();
      expect(audit.write(got())).toBe(false);
      expect(kit.told.at(-1)).toContain(TROUBLES.kind);
      rmSync(kit.path, { recursive: true });
      expect(audit.write(got())).toBe(true);
      expect(kit.story()).toContain(`audit: ${TROUBLES.kind}`);
    },
  );
});

describe("rotation", () => {
  it("B109: by a mover and SIGHUP: what comes before goes to the old file, what comes after to the new", () => {
    using kit = new Kit();
    const audit = kit.start();
    audit.write(got());
    renameSync(kit.path, `${kit.path}.1`);
    audit.write(got());
    audit.reopen();
    audit.write(got());
    audit.reopen(); // nothing has moved: nothing happens
    expect(kit.story("audit.jsonl.1")).toEqual(["audit: begins", "get", "get"]);
    expect(kit.story()).toEqual(["audit: continues", "get"]);
    expect(kit.records()[0]?.file).toBe(2);
    expect(firstBadLine([kit.text("audit.jsonl.1"), kit.text()])).toBeUndefined();
  });

  it("B109: takes an empty file that the mover has made; sets aside one that is not empty", () => {
    using kit = new Kit();
    const audit = kit.start();
    renameSync(kit.path, `${kit.path}.1`);
    writeFileSync(kit.path, "", { mode: 0o600 });
    audit.reopen();
    expect(kit.story()).toEqual(["audit: continues"]);
    renameSync(kit.path, `${kit.path}.2`);
    writeFileSync(kit.path, "mine\n", { mode: 0o600 });
    audit.reopen();
    expect(kit.story()).toEqual(["audit: continues"]);
    expect(kit.text("audit-000001.jsonl")).toBe("mine\n");
  });

  it("by size: numbered, chained, the oldest removed and that on record", () => {
    using kit = new Kit();
    const audit = kit.start({ maxBytes: 2_000, keep: 2 });
    for (let i = 0; i < 40; i++) audit.write(got(`name/n${String(i)}`));
    const files = kit.files();
    expect(files).toHaveLength(3);
    expect(files[0]).not.toBe("audit-000001.jsonl");
    const names = files.flatMap((file) => kit.records(file).flatMap(({ name }) => name ?? []));
    expect(names).toEqual(
      Array.from({ length: names.length }, (_, i) => `name/n${String(40 - names.length + i)}`),
    );
    const lines = files.flatMap((file) => kit.story(file));
    expect(lines).toContain("audit: file 1 was removed");
    for (const [at, file] of files.entries()) {
      const number = kit.records(file)[0]?.file;
      if (file !== "audit.jsonl") expect(file).toBe(`audit-${String(number).padStart(6, "0")}.jsonl`);
      const before = files[at - 1];
      if (before !== undefined)
        expect(kit.records(file)[0]?.previous).toBe(kit.records(before).at(-1)?.chain);
    }
  });

  it("never writes over a file that has the name of its number", () => {
    using kit = new Kit();
    const audit = kit.start({ maxBytes: 500 });
    writeFileSync(join(kit.folder, "audit-000001.jsonl"), "mine\n");
    for (let i = 0; i < 6; i++) audit.write(got());
    expect(kit.text("audit-000001.jsonl")).toBe("mine\n");
    expect(existsSync(join(kit.folder, "audit-000002.jsonl"))).toBe(true);
  });
});

describe("the clock", () => {
  it("B60: a clock that was set is on record in the next line, and only there", () => {
    using kit = new Kit();
    const audit = kit.start();
    audit.write(got());
    kit.clock.wall -= 3_600_000;
    audit.write(got());
    audit.write(got());
    const jumps = (): unknown[] => kit.records().map(({ clockJumpMs }) => clockJumpMs);
    expect(jumps()).toEqual([undefined, undefined, -3_600_000, undefined]);
    kit.clock.wall += 86_400_000;
    rmSync(kit.path);
    audit.write(got()); // not written, so not told
    audit.reopen();
    expect(jumps()).toEqual([86_400_000, undefined]);
  });
});

describe("checkpoints", () => {
  const sealer = { sealAudit: (head: Buffer) => ({ key: "0f".repeat(8), mac: Buffer.from(head).reverse() }) };

  it("come after an unlock, a change of the key, a thousand lines, and before a rotation and a lock", () => {
    using kit = new Kit();
    const audit = kit.start({ maxBytes: 300_000 });
    audit.write(got("a", { verb: "unlock" }));
    kit.sealer = sealer;
    for (const verb of ["unlock", "passwd", "slot-remove", "init"] as const) {
      audit.write(got("a", { verb, result: "denied" }));
      audit.write(got("a", { verb }));
    }
    expect(kit.records().filter(({ verb }) => verb === "checkpoint")).toHaveLength(4);
    const before = kit.records().length;
    for (let i = 0; i < 1_000; i++) audit.write(got());
    expect(kit.records()).toHaveLength(before + 1_001);
    for (let i = 0; i < 1_000; i++) audit.write(got());
    expect(kit.story("audit-000001.jsonl").at(-1)).toBe("checkpoint");
    audit.beforeLock();
    kit.sealer = undefined;
    audit.locked("its time was over");
    audit.locked(undefined);
    expect(kit.story().slice(-2)).toEqual(["checkpoint", "lock: its time was over"]);
    expect(kit.firstBadLine()).toBeUndefined();
  });

  it("vouch for the head right before them", () => {
    using kit = new Kit();
    kit.sealer = sealer;
    const audit = kit.start();
    audit.write(got("a", { verb: "unlock" }));
    const [, unlocked, checkpoint] = kit.records();
    const reversed = Buffer.from(unlocked?.chain ?? "", "hex")
      .reverse()
      .toString("hex");
    expect(checkpoint).toMatchObject({ verb: "checkpoint", key: "0f".repeat(8), mac: reversed });
  });

  it("never stand in the way of a lock", () => {
    using kit = new Kit();
    kit.sealer = {
      sealAudit: () => {
        throw new Error("gone");
      },
    };
    const audit = kit.start();
    audit.beforeLock();
    rmSync(kit.path);
    audit.locked("the agent ends");
    expect(audit.ready()).toBe(false);
  });
});
