import { SottoError } from "@sotto/client";
import { PID, SOCKET } from "../fake-machine.test.helper.ts";
import type { Row, Seed } from "../rows.test.helper.ts";
import { describeChecks, inHome, text } from "../rows.test.helper.ts";
import { AGENT_CHECKS } from "./agent.ts";

const stopped =
  (...args: Parameters<typeof SottoError.because>): Seed =>
  (seeded) =>
    seeded.stopped(SottoError.because(...args));
const untrusted: Seed = (seeded) =>
  seeded.stopped(new SottoError("untrusted", { cause: new Error(`${SOCKET} belongs to another user`) }));

const UNIT = text("/etc/systemd/system/sotto.service", "[Service]\nUser=root\n");

const rows: readonly Row[] = [
  [
    "agent",
    "not running, though a unit is there",
    (seeded) => {
      stopped("absent")(seeded);
      UNIT(seeded);
    },
    "warn",
    /no agent runs/,
    /^systemctl start sotto\.service; agent unlock$/,
  ],
  [
    "agent",
    "not running, and no vault",
    (seeded) => {
      stopped("absent")(seeded);
      seeded.machine.remove(inHome("vault"));
    },
    "warn",
    /no agent runs/,
    /^agent start; agent init$/,
  ],
  [
    "agent",
    "not running, of another user, looked at by root",
    (seeded) => {
      stopped("absent")(seeded);
      seeded.ownedBy(1001);
    },
    "warn",
    /no agent runs/,
    /^runuser -u batch -- agent start; runuser -u batch -- agent unlock$/,
  ],
  [
    "agent-version",
    "another, of a unit",
    (seeded) => {
      seeded.tell({ version: "1.2.2" });
      UNIT(seeded);
    },
    "warn",
    /1\.2\.2/,
    /^systemctl restart sotto\.service; agent unlock$/,
  ],
  [
    "socket",
    "too long",
    (seeded) => {
      seeded.stopped(SottoError.because("path-length"));
      seeded.socket = undefined;
    },
    "fail",
    /longer than 100 bytes/,
    /--socket/,
  ],
  ["socket", "stale", stopped("stale"), "warn", /has ended/, /^agent start/],
  ["socket", "no socket", stopped("not-a-socket"), "fail", /no socket/, /^mv/],
  ["socket", "closed to this user", stopped("forbidden"), "fail", /may not be opened/, /--socket/],
  [
    "socket",
    "in a folder that all may write",
    (seeded) => {
      untrusted(seeded);
      seeded.machine.change("/run/sotto", { mode: 0o777 });
    },
    "fail",
    /write in \/run\/sotto.*refuse/,
    /^chmod go-w \/run\/sotto$/,
  ],
  [
    "socket",
    "of a stranger",
    (seeded) => {
      untrusted(seeded);
      seeded.machine.change(SOCKET, { uid: 1001 });
    },
    "fail",
    /belongs to batch/,
    /chown root/,
  ],
  ["agent", "not running", stopped("absent"), "warn", /no agent runs/, /^agent start; agent unlock$/],
  [
    "agent",
    "not running, of a chosen home",
    (seeded) => {
      seeded.stopped(SottoError.because("absent"));
      seeded.options = " --home /srv/a";
    },
    "warn",
    /no agent runs/,
    /^agent start --home \/srv\/a; agent unlock --home \/srv\/a$/,
  ],
  [
    "agent",
    "hanging",
    (seeded) => {
      seeded.status = undefined;
      seeded.error = new SottoError("timeout");
    },
    "fail",
    /does not answer/,
    /kill -9 4242/,
  ],
  ["agent", "locked", (seeded) => seeded.tell({ state: "locked" }), "warn", /locked/, /^agent unlock$/],
  [
    "agent",
    "without a vault",
    (seeded) => seeded.tell({ state: "uninitialised" }),
    "warn",
    /no vault/,
    /^agent init$/,
  ],
  [
    "agent",
    "of another user, looked at by root",
    (seeded) => {
      seeded.ownedBy(1001);
      seeded.status = undefined;
      seeded.error = new SottoError("untrusted");
    },
    "ok",
    /process 4242 runs as batch/,
  ],
  [
    "agent-visible",
    "not to be seen",
    ({ machine }) => machine.remove(`/proc/${PID}`),
    "warn",
    /cannot be seen/,
    /container/,
  ],
  [
    "agent-version",
    "another",
    (seeded) => seeded.tell({ version: "1.2.2" }),
    "warn",
    /1\.2\.2, this command 1\.2\.3/,
    /^agent stop; agent start; agent unlock$/,
  ],
  [
    "agent-home",
    "another",
    (seeded) => (seeded.home = "/srv/other"),
    "warn",
    /\/var\/lib\/sotto/,
    /^agent doctor --home \/var\/lib\/sotto/,
  ],
  ["agent-alone", "a second one", (seeded) => seeded.process(4343), "warn", /process 4343/, /kill 4343$/],
  [
    "agent-durability",
    "unknown",
    (seeded) => seeded.tell({ durability: "unknown" }),
    "warn",
    /power cut/,
    /agent passwd/,
  ],
];

describeChecks(AGENT_CHECKS, rows);
