import { jobSockets } from "@sotto/client";
import { dirname } from "node:path";
import type { Check, Verdict } from "../check.ts";
import { ok, warn } from "../check.ts";
import type { Machine } from "../machine.ts";
import { linesOf } from "../machine.ts";
import { quote } from "../quote.ts";
import type { Situation } from "../situation.ts";
import { readUnit, UNIT } from "../unit-file.ts";

const MIB = 1024 * 1024;
const SIZES: Readonly<Record<string, number>> = {
  "": 1,
  K: 1024,
  M: MIB,
  G: 1024 * MIB,
  T: 1024 * 1024 * MIB,
};

/** A size as in systemd.exec(5); the soft one of `soft:hard`. */
function bytesOf(text: string): number {
  const [, digits, unit = ""] = /^(\d+)([KMGT]?)(?::|$)/.exec(text) ?? [];
  if (/^infinity\b/.test(text)) return Infinity;
  return digits === undefined ? 0 : Number(digits) * (SIZES[unit] ?? 1);
}

interface Wanted {
  readonly setting: string;
  readonly line: string;
  readonly isSet: (value: string) => boolean;
}

const WANTED: readonly Wanted[] = [
  { setting: "LimitMEMLOCK", line: "LimitMEMLOCK=8M", isSet: (value) => bytesOf(value) >= 8 * MIB },
  { setting: "LimitCORE", line: "LimitCORE=0", isSet: (value) => /^0(?::|$)/.test(value) },
  {
    setting: "NoNewPrivileges",
    line: "NoNewPrivileges=yes",
    isSet: (value) => /^(?:yes|true|on|1)$/i.test(value),
  },
];

function unitFile({ machine }: Situation): Verdict {
  const unit = readUnit(machine);
  if (unit === undefined) return ok("none: the agent is started by hand after each boot");
  // the drop-in of agent systemd for rules about programs: with NoNewPrivileges=yes no file system would be believed
  const judgesPrograms = /\bCAP_SYS_PTRACE\b/.test(unit.service.get("AmbientCapabilities") ?? "");
  const wanted = WANTED.filter(({ setting }) => !judgesPrograms || setting !== "NoNewPrivileges");
  const missing = wanted.filter(({ setting, isSet }) => !isSet(unit.service.get(setting) ?? ""));
  if (missing.length === 0) return ok(quote(unit.path));
  const folder = `/etc/systemd/system/${UNIT}.d`;
  const lines = missing.map(({ line }) => `${line}\\n`).join("");
  return warn(
    `${quote(unit.path)} lacks ${missing.map(({ line }) => line).join(", ")}`,
    `mkdir -p ${folder}; printf '[Service]\\n${lines}' > ${folder}/zz-doctor.conf; systemctl daemon-reload; systemctl restart ${UNIT}`,
  );
}

/** cron(8) gives a job HOME, LOGNAME, PATH and SHELL: neither SOTTO_SOCKET nor XDG_RUNTIME_DIR of a login session. */
function cronReach(situation: Situation): Verdict {
  const { machine, socket, owner } = situation;
  if (socket === undefined) return undefined;
  const [own, system] = [jobSockets({}, {}, owner), jobSockets({}, {}, 0)];
  if (system.includes(socket)) return ok("jobs of every user look here");
  if (own.includes(socket)) return ok(`jobs of ${machine.who(owner)} look here`);
  const table = crontabs(machine).find((path) =>
    linesOf(machine, path).some((line) => isSetting(line, socket)),
  );
  if (table !== undefined) return ok(`SOTTO_SOCKET is set in ${quote(table)}`);
  return warn(
    `jobs of cron look at ${own.join(" and ")}, not at ${quote(socket)}`,
    `crontab -e, and as first line: SOTTO_SOCKET=${quote(socket)}; or start the agent without --home and --socket`,
  );
}

/** Those of the machine, and where one may look, of its users. */
function crontabs(machine: Machine): string[] {
  const inside = (folder: string): string[] =>
    (machine.list(folder) ?? []).map((name) => `${folder}/${name}`);
  return [
    "/etc/crontab",
    ...inside("/etc/cron.d"),
    ...inside("/var/spool/cron/crontabs"),
    ...inside("/var/spool/cron"),
  ];
}

/** A line such as `SOTTO_SOCKET = "/path"` (crontab(5)). */
function isSetting(line: string, socket: string): boolean {
  const value = /^\s*SOTTO_SOCKET\s*=\s*(.*?)\s*$/.exec(line)?.[1];
  return value?.replace(/^(["'])(.*)\1$/, "$2") === socket;
}

/** logind removes /run/user/UID, and may end all processes, with the user's last session. */
function linger({ machine, socket, owner }: Situation): Verdict {
  if (socket === undefined || owner === 0) return undefined;
  const inSession = dirname(socket).startsWith(`/run/user/${owner}/`);
  if (!inSession || machine.lstat("/run/systemd/users") === "absent") return undefined;
  const user = machine.userName(owner) ?? String(owner);
  if (machine.lstat(`/var/lib/systemd/linger/${user}`) !== "absent")
    return ok("the socket outlives the login session");
  return warn(
    `the socket is removed when ${machine.who(owner)} logs out: jobs then find no agent`,
    `loginctl enable-linger ${quote(user)}`,
  );
}

/** How the agent is started, and found by those who ask it. */
export const SERVICE_CHECKS: readonly Check[] = [
  { name: "unit-file", judge: unitFile },
  { name: "cron-reach", judge: cronReach },
  { name: "linger", judge: linger },
];
