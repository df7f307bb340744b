import { join } from "node:path";
import type { Check, Verdict } from "../check.ts";
import { fail, ok, warn } from "../check.ts";
import { quote } from "../quote.ts";
import type { Situation } from "../situation.ts";

const LEAST_YEAR = 2026;
const MOST_YEAR = 2100;
/** Clocks of file servers and of this machine may differ by some seconds. */
const TOLERANCE_MS = 60_000;
const SET = "timedatectl set-ntp true; timedatectl status";

function clock({ machine, home }: Situation): Verdict {
  const time = new Date(machine.now).toISOString().slice(0, 19);
  const year = new Date(machine.now).getUTCFullYear();
  if (year < LEAST_YEAR || year > MOST_YEAR)
    return fail(`it is ${time}Z here: expiries and time windows of rules are judged by that`, SET);
  const future = ["vault", "last-seen", "audit.jsonl"]
    .map((name) => join(home, name))
    .find((path) => {
      const entry = machine.lstat(path);
      return typeof entry === "object" && entry.modified > machine.now + TOLERANCE_MS;
    });
  if (future === undefined) return ok(`${time}Z`);
  return warn(`it is ${time}Z, but ${quote(future)} was written later: the clock was set back`, SET);
}

/** What a time service leaves while it keeps the clock: systemd-timesyncd, chrony, ntpd, ntpsec, openntpd. */
const KEEPERS = [
  "/run/systemd/timesync/synchronized",
  "/run/chrony/chronyd.pid",
  "/run/ntpd.pid",
  "/run/ntp.pid",
  "/run/ntpd.sock",
];

function clockSync({ machine }: Situation): Verdict {
  if (machine.lstat("/run/systemd/container") !== "absent" || machine.lstat("/.dockerenv") !== "absent")
    return ok("a container: its host keeps the clock");
  if (KEEPERS.some((path) => machine.lstat(path) !== "absent")) return ok("kept by a time service");
  return warn("no time service seems to keep the clock: expiries and time windows drift with it", SET);
}

/** The time that rules go by. */
export const CLOCK_CHECKS: readonly Check[] = [
  { name: "clock", judge: clock },
  { name: "clock-sync", judge: clockSync },
];
