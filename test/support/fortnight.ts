import { AuditChain, type RecordFields } from "./audit-chain.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The name of a program that would be markup and a script, were it not escaped. */
export const HOSTILE_EXE = "/tmp/\"><script>alert('x')</script>\u202e\u001b[31m&amp;";
/** In the vault, and never asked for. */
export const UNUSED = ["dr/root", "legacy/ftp"];
/** All twelve names. */
export const NAMES = [
  "bank/login",
  "db/main",
  "db/replica",
  "metrics/reader",
  "partner/sftp",
  "registry/push",
  "s3/archive",
  "smtp/relay",
  "ssh/deploy",
  "warehouse/loader",
  ...UNUSED,
];

const JOBS = {
  backup: { uid: 34, gid: 34, exe: "/usr/bin/node", unit: "backup.service", rule: "0f12aa34" },
  etl: { uid: 33, gid: 33, exe: "/usr/bin/node", unit: "etl.service", rule: "77aa01ff" },
  metrics: { uid: 1, gid: 1, exe: "/opt/metrics/bin/collect", unit: "cron.service", rule: "1b2c3d4e" },
  invoice: { uid: 8, gid: 8, exe: "/usr/bin/node", unit: "invoice.service", rule: "5e6f7a8b" },
  deploy: { uid: 1005, gid: 1005, exe: "/opt/deploy/bin/deploy", unit: "session-12.scope", rule: "9c0d1e2f" },
  sync: { uid: 9, gid: 9, exe: "/usr/bin/node", unit: "partner-sync.service", rule: "3a4b5c6d" },
  intruder: { uid: 1666, gid: 1666, exe: "/tmp/.x/curl", unit: "session-31.scope" },
  hostile: { uid: 1667, gid: 1667, exe: HOSTILE_EXE, unit: "session-32.scope" },
} as const;

interface Timed {
  readonly time: number;
  readonly fields: RecordFields;
}

/**
 * Two weeks of an agent, up to `now`: six jobs, of which one has stopped, twelve secrets, an intruder who was refused,
 * five hours in which the agent was locked. In several files.
 */
export function writeFortnight(home: string, now: number): AuditChain {
  const start = now - 14 * DAY + MINUTE;
  const midnight = new Date(start).setHours(0, 0, 0, 0);
  const all: Timed[] = [];
  const get = (job: keyof typeof JOBS, name: string, time: number, more: RecordFields = {}): void => {
    const { rule, ...who } = { rule: undefined, ...JOBS[job] };
    const allowed = more["result"] === undefined && rule !== undefined;
    all.push({
      time,
      fields: { ...who, pid: 2_000 + (all.length % 30_000), name, ...(allowed && { rule }), ...more },
    });
  };
  for (let day = 0; day < 15; day++) {
    const at = (hour: number, minute: number): number => midnight + day * DAY + hour * HOUR + minute * MINUTE;
    for (const [i, name] of ["db/main", "db/replica", "s3/archive"].entries())
      get("backup", name, at(2, 0) + i * 900);
    const weekday = new Date(at(12, 0)).getDay() % 6 !== 0;
    if (weekday) for (const name of ["bank/login", "smtp/relay"]) get("invoice", name, at(7, 30));
    if (weekday && day % 3 === 1)
      for (const name of ["registry/push", "ssh/deploy"]) get("deploy", name, at(10 + (day % 5), 17));
    for (let hour = 0; hour < 24; hour++) {
      for (const name of ["db/main", "warehouse/loader"]) get("etl", name, at(hour, 5));
      for (const minute of [0, 15, 30, 45]) get("metrics", "metrics/reader", at(hour, minute));
      if (hour % 6 === 0 && at(hour, 20) < now - 3.5 * DAY) get("sync", "partner/sftp", at(hour, 20));
    }
  }
  for (let i = 0; i < 23; i++)
    get("intruder", ["bank/login", "db/main", "ssh/deploy"][i % 3] ?? "", now - 5 * DAY + i * 40_000, {
      result: "denied",
    });
  get("intruder", "", now - 5 * DAY + 30 * MINUTE, {
    verb: "unlock",
    result: "wrong-passphrase",
    name: undefined,
  });
  get("hostile", "bank/login", now - 2 * DAY, { result: "denied" });
  const locked = now - 9 * DAY;
  const lines = all
    .filter(({ time }) => time >= start && time < now)
    .map((one) =>
      one.time > locked && one.time < locked + 5 * HOUR ? { ...one, fields: unanswered(one.fields) } : one,
    )
    .sort((a, b) => a.time - b.time);
  return write(home, lines);
}

const unanswered = ({ rule, ...fields }: RecordFields): RecordFields => ({ ...fields, result: "locked" });

function write(home: string, lines: readonly Timed[]): AuditChain {
  const audit = new AuditChain(home);
  for (const [i, { time, fields }] of lines.entries()) {
    audit.add({ time: new Date(time).toISOString(), ...fields });
    if (i % 100 === 99) audit.checkpoint();
    if (i % 900 === 899) audit.rotate();
  }
  return audit.end();
}
