/** `agent audit verify`: whatever is done to the files, the first bad line is named. */
import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { verify } from "../../packages/cli/src/audit/verify.ts";
import { AuditChain, fileName, tamper } from "../support/audit-chain.ts";
import { runCommand } from "../support/command.ts";
import { CLI } from "../support/sandbox.ts";

const [FIRST, SECOND, CURRENT] = [fileName(1), fileName(2), "audit.jsonl"] as const;
const LINES = 10;

let home: string;
let audit: AuditChain;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "sotto-audit-"));
  audit = new AuditChain(home);
  for (const last of [false, false, true]) {
    for (let i = 1; i < LINES - 1; i++) audit.add({ name: `bank/login-${i}`, rule: "0f" });
    audit.checkpoint();
    if (last) audit.end();
    else audit.rotate();
  }
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const swap = (lines: string[], at: number): string[] => [
  ...lines.slice(0, at),
  lines[at + 1] ?? "",
  lines[at] ?? "",
  ...lines.slice(at + 2),
];
const alien = (lines: readonly string[]): string => (lines[3] ?? "").replace("login", "logim");

/** What is done, in file SECOND unless said otherwise, and what is then found first; lines count from 1. */
const TAMPERINGS: readonly (readonly [
  what: string,
  act: () => void,
  file: string,
  line: number,
  kind: string,
])[] = [
  [
    "a changed byte",
    () =>
      tamper(home, SECOND, (lines) =>
        lines.map((one, i) => (i === 4 ? one.replace('"uid":1000', '"uid":1001') : one)),
      ),
    SECOND,
    5,
    "broken",
  ],
  [
    "a changed byte of the chain",
    () =>
      tamper(home, SECOND, (lines) =>
        lines.map((one, i) =>
          i === 4 ? one.replace(/.(?="\}$)/, (digit) => (digit === "0" ? "1" : "0")) : one,
        ),
      ),
    SECOND,
    5,
    "changed",
  ],
  [
    "a byte that is no UTF-8",
    () => {
      const bytes = readFileSync(join(home, SECOND));
      bytes[bytes.indexOf("login-4")] = 0xff;
      writeFileSync(join(home, SECOND), bytes);
    },
    SECOND,
    5,
    "changed",
  ],
  ["a removed line", () => tamper(home, SECOND, (lines) => lines.toSpliced(4, 1)), SECOND, 5, "broken"],
  ["a removed first line", () => tamper(home, SECOND, (lines) => lines.slice(1)), SECOND, 1, "no-beginning"],
  ["two lines swapped", () => tamper(home, SECOND, (lines) => swap(lines, 4)), SECOND, 5, "reordered"],
  [
    "a line moved to the end",
    () => tamper(home, SECOND, (lines) => [...lines.toSpliced(4, 1), lines[4] ?? ""]),
    SECOND,
    5,
    "reordered",
  ],
  [
    "an inserted line with a chain that is made up",
    () => tamper(home, SECOND, (lines) => lines.toSpliced(4, 0, alien(lines))),
    SECOND,
    5,
    "inserted",
  ],
  [
    "a line repeated further down",
    () => tamper(home, SECOND, (lines) => lines.toSpliced(7, 0, lines[4] ?? "")),
    SECOND,
    8,
    "inserted",
  ],
  [
    "an inserted line of rubbish",
    () => tamper(home, SECOND, (lines) => lines.toSpliced(4, 0, "rubbish")),
    SECOND,
    5,
    "inserted",
  ],
  ["an empty line", () => tamper(home, SECOND, (lines) => lines.toSpliced(4, 0, "")), SECOND, 5, "inserted"],
  [
    "a line longer than any record",
    () => tamper(home, SECOND, (lines) => lines.toSpliced(4, 0, "x".repeat(700_000))),
    SECOND,
    5,
    "inserted",
  ],
  ["the last lines cut", () => tamper(home, SECOND, (lines) => lines.slice(0, 7)), SECOND, 8, "cut"],
  [
    "the last line cut in two",
    () => truncateSync(join(home, SECOND), readFileSync(join(home, SECOND)).length - 9),
    SECOND,
    10,
    "cut",
  ],
  [
    "the current file cut within a line",
    () => truncateSync(join(home, CURRENT), readFileSync(join(home, CURRENT)).length - 9),
    CURRENT,
    10,
    "cut",
  ],
  ["a whole file removed", () => rmSync(join(home, SECOND)), SECOND, 0, "missing-file"],
  ["the first file removed", () => rmSync(join(home, FIRST)), FIRST, 0, "missing-file"],
  ["the current file removed", () => rmSync(join(home, CURRENT)), CURRENT, 0, "missing-file"],
  ["a file emptied", () => truncateSync(join(home, SECOND), 0), SECOND, 0, "missing-file"],
  [
    "two files exchanged",
    () => {
      const first = readFileSync(join(home, FIRST));
      writeFileSync(join(home, FIRST), readFileSync(join(home, SECOND)));
      writeFileSync(join(home, SECOND), first);
    },
    FIRST,
    1,
    "no-beginning",
  ],
];

describe("B112: the first bad line is named", () => {
  it("of an untouched audit there is none", async () => {
    const { fault, lines, files, checkpoints } = await verify(home, audit.judge);
    expect({ fault, lines, files }).toEqual({ fault: undefined, lines: 3 * LINES, files: 3 });
    expect(checkpoints).toMatchObject({
      good: 3,
      lastGood: { file: CURRENT, line: LINES, lines: 3 * LINES },
    });
  });

  it.each(TAMPERINGS)("%s", async (_what, act, file, line, kind) => {
    act();
    for (const judge of [audit.judge, undefined])
      expect((await verify(home, judge)).fault).toEqual({ file, line, kind });
  });

  it("old files may be gone where the agent itself says that it removed them", async () => {
    const kept = mkdtempSync(join(tmpdir(), "sotto-audit-"));
    try {
      const chain = new AuditChain(kept).add({}).rotate().add({}).rotate();
      chain.add({ peer: "agent", verb: "audit", note: "file 1 was removed" }).rotate().checkpoint().end();
      rmSync(join(kept, FIRST));
      expect((await verify(kept, chain.judge)).fault).toBeUndefined();
      rmSync(join(kept, SECOND));
      expect((await verify(kept, chain.judge)).fault).toEqual({
        file: SECOND,
        line: 0,
        kind: "missing-file",
      });
    } finally {
      rmSync(kept, { recursive: true });
    }
  });

  it("a line inserted with a chain that fits", async () => {
    const other = mkdtempSync(join(tmpdir(), "sotto-audit-"));
    try {
      // the same audit, but with another line after the fourth of the first file: its chain is right up to there
      const forged = new AuditChain(other);
      for (let i = 1; i < 4; i++) forged.add({ name: `bank/login-${i}`, rule: "0f" });
      forged.add({ name: "forged" }).end();
      const line = readFileSync(join(other, CURRENT), "utf8").trimEnd().split("\n")[4] ?? "";
      tamper(home, FIRST, (lines) => lines.toSpliced(4, 0, line));
    } finally {
      rmSync(other, { recursive: true });
    }
    expect((await verify(home, audit.judge)).fault).toEqual({ file: FIRST, line: 5, kind: "inserted" });
  });

  it("a forged checkpoint: the chain was made anew, and only the key was missing", async () => {
    const forger = new AuditChain(home);
    for (let i = 1; i < LINES - 1; i++) forger.add({ name: `bank/login-${i}`, rule: "0f" });
    forger.checkpoint().rotate().add({ name: "bank/login-1", uid: 0, gid: 0, pid: 1 });
    const { key } = forger.judge; // the name of the key is no secret: the forger copies it
    forger
      .add({ peer: "agent", verb: "checkpoint", key, mac: "0".repeat(64) })
      .add({})
      .rotate()
      .add({})
      .end();
    expect((await verify(home)).fault).toBeUndefined();
    const { fault, checkpoints } = await verify(home, audit.judge);
    expect(fault).toEqual({ file: SECOND, line: 3, kind: "checkpoint" });
    expect(checkpoints?.lastGood).toMatchObject({ file: FIRST, line: LINES });
  });

  it("a checkpoint without a code, or one whose code belongs to another line", async () => {
    const moved = new AuditChain(home).add({}).checkpoint().add({});
    const { key } = moved.judge;
    moved.add({ peer: "agent", verb: "checkpoint", key }).rotate().end();
    rmSync(join(home, SECOND));
    expect((await verify(home, moved.judge)).fault).toEqual({ file: FIRST, line: 5, kind: "checkpoint" });
  });

  it("a checkpoint of another key counts only when a good one comes after it", async () => {
    audit.key = "an earlier key";
    audit.checkpoint().end();
    const earlier = { file: CURRENT, line: LINES + 1, kind: "checkpoint-key" };
    audit.key = "the key of this vault";
    expect((await verify(home, audit.judge)).fault).toEqual(earlier);
    audit.checkpoint().end();
    const { fault, checkpoints } = await verify(home, audit.judge);
    expect(fault).toBeUndefined();
    expect(checkpoints).toMatchObject({ good: 4, otherKey: 1, lastGood: { file: CURRENT, line: LINES + 2 } });
  });

  it("a torn line is no fault where the agent itself says so, and is one where it does not", async () => {
    const path = join(home, CURRENT);
    const torn = '{"time":"2026-11-10T09:00:00.000Z","uid":10';
    const good = readFileSync(path, "utf8");
    audit.add({ peer: "agent", verb: "audit", note: "the line before this one is torn" }).add({}).end();
    const whole = readFileSync(path, "utf8").slice(good.length);
    writeFileSync(path, `${good}${torn}\n${whole}`);
    expect(await verify(home, audit.judge)).toMatchObject({
      fault: undefined,
      torn: 1,
      lines: 3 * LINES + 2,
    });
    writeFileSync(path, `${good}${torn}\n${whole.replace("is torn", "is gone")}`);
    expect((await verify(home, audit.judge)).fault).toMatchObject({ file: CURRENT, line: LINES + 1 });
  });
});

function run(...more: readonly string[]): ReturnType<typeof runCommand> {
  return runCommand(process.execPath, [CLI, "--home", home, "audit", "verify", ...more]);
}

it("B112: the command names the first bad line, says what is good before it, and exits 1", async () => {
  tamper(home, SECOND, (lines) => lines.toSpliced(4, 1));
  const { status, stdout, stderr } = await run();
  expect(status).toBe(1);
  expect(stdout.toString()).toBe("");
  expect(stderr).toContain(`agent: error: audit verify: ${SECOND} line 5 does not follow the line before it`);
  expect(stderr).toContain("agent: hint: 14 lines before it are a chain without a break");
  const json = await run("--json");
  expect(json.status).toBe(1);
  expect(JSON.parse(json.stdout.toString())).toMatchObject({
    ok: false,
    lines: LINES + 4,
    fault: { file: SECOND, line: 5, kind: "broken" },
  });
});

it("without an agent only the chain is checked, which is told; exit 0", async () => {
  const { status, stdout, stderr } = await run();
  expect(status).toBe(0);
  expect(stdout.toString()).toBe("the chain is unbroken: 30 lines in 3 files\n");
  expect(stderr).toMatch(/^agent: warning: only the chain was checked \(no agent answers\)/);
  const document: unknown = JSON.parse((await run("--json")).stdout.toString());
  expect(document).toEqual({
    ok: true,
    lines: 30,
    files: 3,
    torn: 0,
    fault: null,
    checkpoints: { checked: false, unchecked: "no agent answers", good: 0, otherKey: 0, lastGood: null },
  });
});

it("a file that is not plain is not read", async () => {
  rmSync(join(home, SECOND));
  appendFileSync(join(home, "elsewhere"), "root:x:0:0\n");
  const { symlinkSync } = await import("node:fs");
  symlinkSync("elsewhere", join(home, SECOND));
  const { status, stdout, stderr } = await run();
  expect(status).toBe(1);
  expect(stderr).toContain("is not a plain file");
  expect(stdout.toString() + stderr).not.toContain("root:x");
});
