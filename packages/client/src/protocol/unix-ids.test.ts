import { expect, it } from "vitest";
import { isNobody } from "./unix-ids.ts";

it("65534 and 4294967295 are nobody, and no other", () => {
  expect([65_534, 4_294_967_295].map(isNobody)).toEqual([true, true]);
  expect([0, 65_533, 65_535, 4_294_967_294].map(isNobody)).toEqual([false, false, false, false]);
});
