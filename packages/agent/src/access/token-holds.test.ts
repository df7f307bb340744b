import { expect, it } from "vitest";
import { tokenHolds } from "./token-holds.ts";

const token = (fields: object) => ({ label: "t", created: 0, ...fields });

it("a token holds for any uid or its own, up to, not including, the moment at which it expires", () => {
  expect(tokenHolds(token({}), 7, 1e15)).toBe(true);
  expect(tokenHolds(token({ uid: 7 }), 7, 0)).toBe(true);
  expect(tokenHolds(token({ uid: 0 }), 7, 0)).toBe(false);
  expect([99, 100].map((time) => tokenHolds(token({ expires: 100 }), 7, time))).toEqual([true, false]);
  expect(tokenHolds(token({ uid: 7, expires: 100 }), 8, 99)).toBe(false);
});
