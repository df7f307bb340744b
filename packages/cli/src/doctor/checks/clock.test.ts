import { NOW } from "../fake-machine.test.helper.ts";
import type { Row } from "../rows.test.helper.ts";
import { describeChecks, inHome } from "../rows.test.helper.ts";
import { CLOCK_CHECKS } from "./clock.ts";

const rows: readonly Row[] = [
  [
    "clock",
    "1970",
    ({ machine }) => (machine.now = 86_400_000),
    "fail",
    /1970-01-02/,
    /timedatectl set-ntp true/,
  ],
  [
    "clock",
    "set back",
    ({ machine }) => machine.change(inHome("last-seen"), { modified: NOW + 3_600_000 }),
    "warn",
    /last-seen was written later/,
    /timedatectl/,
  ],
  [
    "clock-sync",
    "nobody keeps it",
    ({ machine }) => machine.remove("/run/systemd/timesync"),
    "warn",
    /no time service/,
    /timedatectl/,
  ],
];

describeChecks(CLOCK_CHECKS, rows);
