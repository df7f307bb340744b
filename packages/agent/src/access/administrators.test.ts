import { expect, it } from "vitest";
import { Administrators } from "./administrators.ts";

const peer = (uid: number, more: object = {}) => ({ uid, gid: 5, groups: [6], ...more });

it("root, the agent's own user and the configured group may administer, and on Windows who acts as an administrator", () => {
  const administrators = new Administrators(1000, 6);
  const without = new Administrators(1000, undefined);
  expect([peer(0), peer(1000), peer(7)].map((one) => administrators.includes(one))).toEqual([
    true,
    true,
    true,
  ]);
  expect([peer(0), peer(1000), peer(7)].map((one) => without.includes(one))).toEqual([true, true, false]);
  expect(without.includes(peer(2 ** 32, { sid: "S-1-5-18", privileged: true }))).toBe(true);
  expect(without.includes(peer(2 ** 32, { sid: "S-1-5-18", privileged: false }))).toBe(false);
});
