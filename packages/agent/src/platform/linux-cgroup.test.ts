import { expect, it } from "vitest";
import { unitIn } from "./linux-cgroup.ts";

it.each([
  ["version 2", "0::/system.slice/backup.service\n", "backup.service"],
  ["version 1", "8:pids:/x\n1:name=systemd:/system.slice/backup.service\n", "backup.service"],
  ["an instance", "0::/system.slice/backup@db.service\n", "backup@db.service"],
  [
    "the hierarchy of systemd before version 2",
    "9:name=systemd:/system.slice/a.service\n0::/system.slice/b.service\n",
    "a.service",
  ],
  ["none there, whatever version 2 says", "9:name=systemd:/\n0::/system.slice/b.service\n", undefined],
  ["another controller", "3:memory:/system.slice/backup.service\n", undefined],
  ["a hierarchy of another name", "3:name=other:/system.slice/backup.service\n", undefined],
  ["version 2 that is not numbered 0", "3::/system.slice/backup.service\n", undefined],
  ["a user's slice", "0::/user.slice/user-1000.slice/backup.service\n", undefined],
  ["deeper", "0::/system.slice/x/backup.service\n", undefined],
  ["below the unit", "0::/system.slice/backup.service/payload\n", undefined],
  ["a longer name", "0::/system.slice/backup.service.evil\n", undefined],
  ["outside of the namespace", "0::/../system.slice/backup.service\n", undefined],
  ["a sibling of the namespace", "0::/../backup.service\n", undefined],
  ["removed", "0::/system.slice/backup.service (deleted)\n", undefined],
  ["the slice itself", "0::/system.slice/\n", undefined],
  ["the root", "0::/\n", undefined],
  ["nothing", "", undefined],
])("B52: %s", (_what, text, unit) => {
  expect(unitIn(text)).toBe(unit);
});
