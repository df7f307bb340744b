import { describe, expect, it } from "vitest";
import { chained, headOf, NO_HEAD } from "./chain.ts";
import { ClockWatch } from "./clock-watch.ts";
import { encodeRecord } from "./record.ts";
import { firstBadLine, got } from "./kit.test.helper.ts";

// Made with another program: (head -c 32 /dev/zero; printf '{"time":...') | sha256sum, and so on from its 32 bytes.
const FIRST = "f73200c6f241b0aaca3b918cb6e3feb5bd629d683683842bc4d5ebe680ae78e9";
const SECOND = "8b7f2fd5658726a045e0acbf010e2b3eb25d9cc6cc8b4695c5b5140a15a842ba";
const TIME = Date.parse("2026-11-24T08:00:00.000Z");

describe("a line of the audit", () => {
  it("names a peer of Windows by its SID, and not by the number that stands for it", () => {
    const peer = { uid: 2 ** 32, gid: 2 ** 32, sid: "S-1-5-18", session: 0, pid: 4, exe: "C:\\job.exe" };
    expect(encodeRecord(got("db/main", { peer }), { time: TIME })).toBe(
      '{"time":"2026-11-24T08:00:00.000Z","sid":"S-1-5-18","session":0,"pid":4,"exe":"C:\\\\job.exe",' +
        '"verb":"get","result":"allowed","name":"db/main"}',
    );
  });

  it("B112: is exactly these bytes, and so is the next one", () => {
    const first = chained(
      NO_HEAD,
      encodeRecord(
        {
          ...{ peer: "agent", verb: "audit", result: "allowed" },
          ...{ note: "begins", file: 1, previous: "00".repeat(32) },
        },
        { time: TIME },
      ),
    );
    const firstLine = first.line.toString();
    expect(firstLine).toBe(
      '{"time":"2026-11-24T08:00:00.000Z","peer":"agent","verb":"audit","result":"allowed","note":"begins","file":1,' +
        `"previous":"${"00".repeat(32)}","chain":"${FIRST}"}\n`,
    );
    const record = got("db/main", {
      peer: { uid: 1000, gid: 1001, pid: 123, exe: "/usr/bin/psql", unit: "backup.service", uidNow: 1002 },
      rule: "0f0f",
      admin: true,
      note: "why",
    });
    const second = chained(first.head, encodeRecord(record, { time: TIME + 1, clockJumpMs: 3_600_000 }));
    expect(second.line.toString()).toBe(
      '{"time":"2026-11-24T08:00:00.001Z","uid":1000,"gid":1001,"pid":123,"exe":"/usr/bin/psql","unit":"backup.service",' +
        '"uidNow":1002,"verb":"get","result":"allowed","name":"db/main","rule":"0f0f","admin":true,"note":"why",' +
        `"clockJumpMs":3600000,"chain":"${SECOND}"}\n`,
    );
    expect(headOf(second.line.toString().trimEnd())).toEqual(second.head);
    expect(firstBadLine([firstLine + second.line.toString()])).toBeUndefined();
  });

  it("B110: whatever a path holds, it is one line that a terminal does not obey and JSON.parse reads", () => {
    const exes = [
      "a\nb",
      "\u001b[2J",
      "\u2028\u2029",
      '"}\\',
      "\u0085\u009b31m",
      "\u202egpj.exe",
      "\ud800",
      "\u0000",
    ];
    for (const exe of exes) {
      const { line } = chained(
        NO_HEAD,
        encodeRecord(got("a", { peer: { uid: 0, gid: 0, pid: 1, exe } }), { time: 0 }),
      );
      const text = line.toString();
      expect(text.slice(0, -1)).toMatch(/^[ -~]*$/);
      expect((JSON.parse(text) as { exe: string }).exe).toBe(exe);
    }
  });

  it("leaves out what there is nothing to say of", () => {
    const bare = encodeRecord(got("a", { rule: undefined }), { time: 0, clockJumpMs: undefined });
    expect(Object.keys(JSON.parse(bare) as object)).toEqual([
      "time",
      "uid",
      "gid",
      "pid",
      "verb",
      "result",
      "name",
    ]);
  });
});

describe("ClockWatch", () => {
  it("B60: tells by how much the clock was set since the last line, once, and not of a suspend", () => {
    const now = { wall: TIME, boot: 5_000 };
    const watch = new ClockWatch({ wall: () => now.wall, boot: () => now.boot });
    const line = (): number | undefined => {
      const { clockJumpMs } = watch.moment();
      watch.told();
      return clockJumpMs;
    };
    const pass = (wall: number, boot = wall): void => {
      now.wall += wall;
      now.boot += boot;
    };
    pass(60_000);
    expect(line()).toBeUndefined();
    pass(-3_600_000, 500);
    expect(line()).toBe(-3_600_500);
    expect(line()).toBeUndefined();
    pass(8 * 3_600_000); // asleep: both clocks go on
    expect(line()).toBeUndefined();
    pass(1_500, 0);
    expect(line()).toBeUndefined();
    pass(2_500, 0);
    watch.moment(); // could not be written
    expect(line()).toBe(2_500);
  });
});
