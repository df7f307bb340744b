import { MAX_UNIX_ID, OPERATIONS } from "@sotto/client/protocol";
import { integer, plain, words } from "../parse/option-values.ts";
import {
  label,
  once,
  oneWord,
  path,
  rate,
  several,
  sha256,
  sid,
  unit,
  window,
} from "../parse/rule-values.ts";
import { time } from "../parse/time.ts";
import type { CommandGroup, OptionSpec } from "./spec.ts";

const unixId = integer(0, MAX_UNIX_ID);
const HIGHEST_PID = 0x7fff_ffff;

const IDENTITY: readonly OptionSpec[] = [
  ["--user <name>", "for this user (may be repeated)", several(plain)],
  ["--uid <n>", "for this uid (may be repeated)", several(unixId)],
  ["--group <name>", "for processes in this group (may be repeated)", several(plain)],
  ["--gid <n>", "for processes in this gid (may be repeated)", several(unixId)],
  ["--sid <sid>", "on Windows: for this account (may be repeated)", several(sid)],
  ["--unit <unit>", "for processes of this systemd system unit (may be repeated)", several(unit)],
  ["--token <label>", "for who sends the token of this label (may be repeated)", several(label)],
];

/** Within one user these are guard rails, no boundary. */
const NARROWING: readonly OptionSpec[] = [
  ["--exe <path>", "only from this program (may be repeated)", several(path)],
  ["--allow-interpreter", "--exe may name an interpreter, which runs whatever it is told to"],
  ["--sha256 <hex>", "only from a program of this SHA-256 (may be repeated)", several(sha256)],
  ["--ancestor <path>", "only below this program, such as /usr/sbin/cron (may be repeated)", several(path)],
  [
    "--window <time>",
    'only at this time, such as "Mon-Fri 02:00-02:15 Europe/Berlin" (may be repeated)',
    several(window),
  ],
  ["--rate <count/duration>", "only so often for each user, such as 5/1h", once(rate)],
  ["--once", "for one fetch, ever"],
  ["--expires <time>", "only before this time, such as 2027-01-01T00:00:00+01:00", once(time)],
];

const DESCRIPTION: readonly OptionSpec[] = [
  ["--pid <n>", "for this running process", once(integer(1, HIGHEST_PID))],
  ["--user <name>", "for a process of this user, by default in its groups of the user database", once(plain)],
  ["--uid <n>", "for a process of this uid", once(unixId)],
  ["--group <name>", "that is in this group (may be repeated)", several(plain)],
  ["--gid <n>", "that is in this gid (may be repeated)", several(unixId)],
  ["--unit <unit>", "that belongs to this systemd system unit", once(unit)],
  ["--token <label>", "that sends the token of this label", once(label)],
  ["--exe <path>", "that runs this program", once(path)],
  ["--sha256 <hex>", "whose program has this SHA-256", once(sha256)],
  ["--ancestor <path>", "that was started below this program (may be repeated)", several(path)],
  ["--at <time>", "at this time instead of now", once(time)],
  ["--may <operation>", "get or set (get)", oneWord(...OPERATIONS)],
];

export const ACCESS: CommandGroup = {
  heading: "Who may have what:",
  commands: [
    {
      name: "grant",
      summary: "make a rule and print its id; several kinds must all match, repeats of one kind any",
      operands: "<selector>",
      options: [
        ...IDENTITY,
        ...NARROWING,
        ["--may <operations>", "get, set or get,set (get)", words(...OPERATIONS)],
      ],
      example:
        "agent grant bank/login --user batch\n  $ agent grant 'db/**' --unit backup --exe /usr/bin/pg_dump",
      load: () => import("../commands/grant.ts"),
    },
    {
      name: "rules",
      summary: "list the rules, or those that concern one secret",
      operands: "[name]",
      example: "agent rules bank/login",
      load: () => import("../commands/rules.ts"),
    },
    {
      name: "revoke",
      summary: "remove a rule",
      operands: "<rule>",
      example: "agent revoke 6f1c0a9be2d34715",
      load: () => import("../commands/revoke.ts"),
    },
    {
      name: "explain",
      summary:
        "say how a fetch would be decided, and why; exit 0 allowed, 4 denied, 11 rate limited, as the fetch itself",
      operands: "<name>",
      options: DESCRIPTION,
      example: "agent explain bank/login --pid 4711\n  $ agent explain bank/login --user batch --unit backup",
      load: () => import("../commands/explain.ts"),
    },
  ],
};
