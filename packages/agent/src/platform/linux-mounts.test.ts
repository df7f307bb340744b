import { expect, it } from "vitest";
import { isOfUserSpace, parseMount } from "./linux-mounts.ts";

it("reads the type and the options of the mount, and not those of its file system", () => {
  const line = "36 35 98:0 /mnt1 /mnt2 rw,nosuid shared:1 master:2 - ext4 /dev/root rw,errors=continue";
  expect(parseMount(line)).toEqual({ type: "ext4", options: ["rw", "nosuid"] });
  expect(parseMount("27 1 254:0 / / rw,relatime - ext4 /dev/vda rw")).toMatchObject({ type: "ext4" });
  expect(parseMount("27 1")).toBeUndefined();
});

it.each([
  ["fuse", true],
  ["fuseblk", true],
  ["fuse.sshfs", true],
  ["ext4", false],
  ["fusectl", false],
])("B42: tells whether %s is served in user space", (type, expected) => {
  expect(isOfUserSpace({ type, options: [] })).toBe(expected);
});
