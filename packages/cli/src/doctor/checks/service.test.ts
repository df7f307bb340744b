import type { Row, Seed } from "../rows.test.helper.ts";
import { describeChecks, text } from "../rows.test.helper.ts";
import { SERVICE_CHECKS } from "./service.ts";

const UNIT = "/etc/systemd/system/sotto.service";
const GOOD = "[Service]\nLimitMEMLOCK=16M\nLimitCORE=0\nNoNewPrivileges=true\n";
const elsewhere: Seed = (seeded) => (seeded.socket = "/srv/agent.sock");
const session: Seed = (seeded) => {
  seeded.ownedBy(1001);
  seeded.socket = "/run/user/1001/sotto/agent.sock";
  seeded.machine.folder("/run/systemd/users");
};

const rows: readonly Row[] = [
  [
    "unit-file",
    "bare",
    text(UNIT, "[Unit]\nLimitCORE=0\n[Service]\nExecStart=x\n"),
    "warn",
    /LimitMEMLOCK=8M, LimitCORE=0, NoNewPrivileges=yes/,
    /printf.*systemctl restart/,
  ],
  [
    "unit-file",
    "a low limit",
    text(UNIT, GOOD.replace("16M", "64K")),
    "warn",
    /lacks LimitMEMLOCK=8M$/,
    /LimitMEMLOCK=8M/,
  ],
  ["unit-file", "good", text(UNIT, GOOD), "ok", /sotto\.service/],
  [
    "unit-file",
    "spoilt by a drop-in",
    (seeded) => {
      text(UNIT, GOOD)(seeded);
      text(`${UNIT}.d/a.conf`, "[Service]\nLimitCORE=infinity\n")(seeded);
    },
    "warn",
    /lacks LimitCORE=0$/,
    /LimitCORE=0/,
  ],
  [
    "cron-reach",
    "elsewhere",
    elsewhere,
    "warn",
    /\/run\/sotto\/agent\.sock, not at \/srv/,
    /^crontab -e.*SOTTO_SOCKET=\/srv\/agent\.sock/,
  ],
  [
    "cron-reach",
    "elsewhere, and told",
    (seeded) => {
      elsewhere(seeded);
      text("/etc/cron.d/job", 'SOTTO_SOCKET = "/srv/agent.sock"\n* * * * * batch x\n')(seeded);
    },
    "ok",
    /\/etc\/cron\.d\/job/,
  ],
  ["cron-reach", "the user's own", session, "ok", /jobs of batch/],
  ["linger", "not switched on", session, "warn", /logs out/, /^loginctl enable-linger batch$/],
  [
    "linger",
    "switched on",
    (seeded) => {
      session(seeded);
      text("/var/lib/systemd/linger/batch", "")(seeded);
    },
    "ok",
    /outlives/,
  ],
];

describeChecks(SERVICE_CHECKS, rows);
