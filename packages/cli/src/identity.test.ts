import { expect, test } from "vitest";
import { groupId, groupOrGid, idIn, userId, userOrUid } from "./identity.ts";

test("names are looked up where the machine keeps them", async () => {
  expect(await userId("root")).toBe(0);
  expect(await groupId("root")).toBe(0);
});

test.each(["1000", "+1", "-1"])("the number %s is not a name", async (name) => {
  await expect(userId(name)).rejects.toMatchObject({ exit: 2, hint: "use --uid for a number" });
  await expect(groupId(name)).rejects.toMatchObject({ exit: 2, hint: "use --gid for a number" });
});

test.each(["no-such-user-of-this-machine", "", "-s", "root:x", "ro ot", "root\n"])(
  "%j is unknown",
  async (name) => {
    await expect(userId(name)).rejects.toMatchObject({ exit: 2 });
  },
);

test("where a number is taken too, it is not looked up, and the hint says so", async () => {
  expect(await Promise.all([userOrUid("root"), groupOrGid("root")])).toEqual([0, 0]);
  expect(await Promise.all([userOrUid("64177"), groupOrGid("4294967294")])).toEqual([64_177, 4_294_967_294]);
  for (const text of ["4294967295", "-1", "no-such-group-here"])
    await expect(groupOrGid(text)).rejects.toMatchObject({
      exit: 2,
      hint: "getent group lists them; a number is taken too",
    });
});

test("only the line of that very name counts", () => {
  const text = "rooter:x:5:5::/:\nroot:x:7:7::/:\nbad:x::\n";
  expect(idIn(text, "root")).toBe(7);
  expect(idIn(text, "roo")).toBeUndefined();
  expect(idIn(text, "bad")).toBeUndefined();
});
