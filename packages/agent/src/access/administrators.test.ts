import { describe, expect, it } from "vitest";
import { Administrators } from "./administrators.ts";

const peer = (uid: number, gid: number, groups: readonly number[] = []) => ({ uid, gid, groups });

describe("Administrators", () => {
  it("are root, the agent's own user, and the members of a group that is configured", () => {
    const some = new Administrators(1000, 50);
    expect(some.includes(peer(0, 0))).toBe(true);
    expect(some.includes(peer(1000, 1000))).toBe(true);
    expect(some.includes(peer(1001, 50)), "by the primary group").toBe(true);
    expect(some.includes(peer(1001, 1001, [7, 50])), "by a supplementary group").toBe(true);
    expect(some.includes(peer(1001, 1001, [7, 51]))).toBe(false);
    expect(some.includes(peer(50, 1000)), "a uid is no gid").toBe(false);
  });

  it("are no members of any group where none is configured", () => {
    const some = new Administrators(1000, undefined);
    expect(some.includes(peer(1000, 1000))).toBe(true);
    expect(some.includes(peer(1001, 0, [0, 1000]))).toBe(false);
  });

  it("are on Windows who acts as an administrator", () => {
    const some = new Administrators(1000, undefined);
    const windows = { ...peer(2 ** 32, 5), sid: "S-1-5-18" };
    expect(some.includes({ ...windows, privileged: true })).toBe(true);
    expect(some.includes({ ...windows, privileged: false })).toBe(false);
  });
});
