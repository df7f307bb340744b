import { descriptor, duration, durationOrNone, keepScope } from "../parse/option-values.ts";
import type { CommandGroup, OptionSpec } from "./spec.ts";

const weak: OptionSpec = ["--weak-passphrase", "accept a new passphrase of fewer than 12 characters"];
const newPassphrase: OptionSpec = [
  "--new-passphrase-fd <fd>",
  "read the new passphrase from this descriptor instead of prompting",
  descriptor,
];

export const LIFE: CommandGroup = {
  heading: "Life of the agent:",
  commands: [
    {
      name: "start",
      summary: "start the agent",
      options: [
        ["--foreground", "stay in the foreground, for a service manager"],
        ["--lock-after <duration>", "lock after this long without a fetch or a change", duration],
        [
          "--ticket <duration>",
          "how long a passphrase is good for in a login session (0: not at all)",
          durationOrNone,
        ],
        ["--admin-group <group>", "members of this group may administer too"],
        ["--require-locked-memory", "do not start where the memory cannot be kept off the swap"],
      ],
      example: "agent start --lock-after 8h",
      load: () => import("../commands/start.ts"),
    },
    {
      name: "init",
      summary: "create the vault and print a recovery code, once",
      options: [["--no-recovery", "make no recovery code"], weak],
      example: "agent init",
      load: () => import("../commands/init.ts"),
    },
    {
      name: "unlock",
      summary: "open the vault with the passphrase, or with the key that Windows keeps",
      options: [
        ["--ttl <duration>", "lock again after this long", duration],
        ["--recovery", "open it with a recovery code instead"],
        ["--accept-rollback", "accept a vault that is older than the one last seen"],
        ["--upgrade-kdf", "strengthen a key derivation that is too weak"],
      ],
      example: "agent unlock --ttl 12h",
      load: () => import("../commands/unlock.ts"),
    },
    {
      name: "lock",
      summary: "wipe everything from the agent's memory",
      example: "agent lock",
      load: () => import("../commands/lock.ts"),
    },
    {
      name: "status",
      summary: "show the agent's state; exit 0 unlocked, 3 locked, 5 unreachable",
      example: "agent status --json",
      job: true,
      load: () => import("../commands/status.ts"),
    },
    {
      name: "stop",
      summary: "lock and end the agent",
      example: "agent stop",
      load: () => import("../commands/stop.ts"),
    },
    {
      name: "passwd",
      summary: "change your passphrase",
      options: [newPassphrase, weak],
      example: "agent passwd",
      load: () => import("../commands/passwd.ts"),
    },
    {
      name: "slot list",
      summary: "list the ways to open the vault",
      example: "agent slot list",
      load: () => import("../commands/slot-list.ts"),
    },
    {
      name: "slot add",
      summary: "add another passphrase or recovery code, or a key that Windows keeps",
      options: [
        ["--label <text>", "whose it is, or where it is kept"],
        ["--recovery", "make a recovery code and print it, once"],
        [
          "--dpapi <scope>",
          "let Windows keep the key, for this account (user) or for all of this machine (machine): weaker",
          keepScope,
        ],
        newPassphrase,
        weak,
      ],
      example: 'agent slot add --label "on call"',
      load: () => import("../commands/slot-add.ts"),
    },
    {
      name: "slot remove",
      summary: "remove a way to open the vault; the vault gets a new key",
      operands: "<id>",
      example: "agent slot remove 6f1c0a9be2d34715",
      load: () => import("../commands/slot-remove.ts"),
    },
    {
      name: "slot test",
      summary: "say which slot a passphrase or recovery code opens",
      options: [
        ["--recovery", "test a recovery code"],
        ["--dpapi", "test the key that Windows keeps"],
      ],
      example: "agent slot test --recovery",
      load: () => import("../commands/slot-test.ts"),
    },
    {
      name: "doctor",
      linux: true,
      summary: "look for what is wrong with the machine, the home or the agent, and say how to put it right",
      example: "agent doctor",
      load: () => import("../commands/doctor.ts"),
    },
  ],
};
