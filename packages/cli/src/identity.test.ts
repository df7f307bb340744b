import { expect, test } from "vitest";
import { groupId, idIn, userId } from "./identity.ts";

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

test("only the line of that very name counts", () => {
  const text = "rooter:x:5:5::/:\nroot:x:7:7::/:\nbad:x::\n";
  expect(idIn(text, "root")).toBe(7);
  expect(idIn(text, "roo")).toBeUndefined();
  expect(idIn(text, "bad")).toBeUndefined();
});
