import { describe, expect, it } from "vitest";
import { hasEnded, parseStat, processIds, processStat } from "./linux-proc.ts";

const REST = "S 41 42 43 0 -1 4194304 1 0 0 0 0 0 0 0 20 0 1 0 98765 1 2 3";

describe("parseStat", () => {
  it.each(["cat", "a b", "cron) S 1 1", "x) S 1 1 1 0 -1", ")", "((", ") Z 1 1 (", ""])(
    "B48: counts behind the name %j, whatever it holds",
    (name) => {
      expect(parseStat(`7 (${name}) ${REST}`)).toEqual({
        state: "S",
        parent: 41,
        session: 43,
        started: 98765,
      });
    },
  );

  it.each(["", "7 (cat)", "7 (cat) S 1", "7 cat S 41 42 43"])("gives nothing for %j", (text) => {
    expect(parseStat(text)).toBeUndefined();
  });
});

describe("processStat", () => {
  it("tells of this process, and of none with a number that is none", () => {
    const own = processStat(process.pid);
    expect(own).toMatchObject({ parent: process.ppid });
    expect(own && hasEnded(own)).toBe(false);
    for (const pid of [0, -1, 2 ** 30]) expect(processStat(pid)).toBeUndefined();
  });
});

describe("processIds", () => {
  it("tells the ids that this process has", () => {
    expect(processIds(process.pid)).toMatchObject({ uid: process.geteuid?.(), gid: process.getegid?.() });
    expect(processIds(0)).toBeUndefined();
  });
});
