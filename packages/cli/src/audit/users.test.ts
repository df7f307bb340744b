import { expect, test } from "vitest";
import { userNames, usersIn } from "./users.ts";

test("passwd(5): lines that are none are left out, and the first name of a uid counts", () => {
  const text =
    "root:x:0:0::/root:/bin/sh\ntoor:x:0:0:::\n+::::::\n# note\nbad:x:ten:1:::\nbatch:x:1001:1001:::\n";
  expect(new Map(usersIn(text).map(({ name, uid }) => [uid, name]))).toEqual(
    new Map([
      [1001, "batch"],
      [0, "root"],
    ]),
  );
});

test("who has no name is told by number", () => {
  const users = userNames();
  expect(users.who(0)).toBe("root (0)");
  expect(users.name(4_123_456_789)).toBeUndefined();
  expect(users.who(4_123_456_789)).toBe("uid 4123456789");
});
