import { LONGEST, SHORTEST } from "../input/generate.ts";
import { attribute, descriptor, integer, optionalInteger, plain } from "../parse/option-values.ts";
import type { CommandGroup } from "./spec.ts";

export const SECRETS: CommandGroup = {
  heading: "Secrets:",
  commands: [
    {
      name: "set",
      summary: "store a value; prompts for it unless told where it comes from",
      operands: "<name>",
      options: [
        ["--attr <key=value>", "set an attribute; an empty value removes it (may be repeated)", attribute],
        ["--stdin", "read the value from stdin, to its end, exactly"],
        ["--value-fd <fd>", "read the value from this descriptor, to its end, exactly", descriptor],
        [
          "--generate [length]",
          "make a random value of 16 to 1024 characters (32)",
          optionalInteger(SHORTEST, LONGEST),
        ],
        ["--trim", "leave out one newline at the end"],
        ["--if-version <n>", "only when this is the newest version (0: when there is none)", integer(0)],
      ],
      example: "agent set bank/login --attr username=alice",
      load: () => import("../commands/set.ts"),
    },
    {
      name: "edit",
      linux: true,
      summary: "change attributes and value in $EDITOR, on a file in memory",
      operands: "<name>",
      example: "EDITOR=nano agent edit bank/login",
      load: () => import("../commands/edit.ts"),
    },
    {
      name: "list",
      summary: "list the names that may be fetched from here, one a line",
      operands: "[prefix]",
      options: [["--all", "as an administrator: all names"]],
      example: "agent list --all",
      job: true,
      load: () => import("../commands/list.ts"),
    },
    {
      name: "show",
      summary: "show attributes, versions and rules of a secret, never the value",
      operands: "<name>",
      example: "agent show bank/login",
      load: () => import("../commands/show.ts"),
    },
    {
      name: "rename",
      summary: "give a secret another name; its rules move with it",
      operands: "<old> <new>",
      example: "agent rename bank/login bank/batch",
      load: () => import("../commands/rename.ts"),
    },
    {
      name: "remove",
      summary: "remove a secret with all its versions",
      operands: "<name>",
      options: [["--yes", "do not ask"]],
      example: "agent remove bank/login",
      load: () => import("../commands/remove.ts"),
    },
    {
      name: "restore",
      summary: "make an earlier version the newest again",
      operands: "<name>",
      options: [["--version <n>", "which one", integer(1)]],
      example: "agent restore bank/login --version 2",
      load: () => import("../commands/restore.ts"),
    },
    {
      name: "prune",
      summary: "forget earlier versions",
      operands: "<name>",
      options: [["--keep <n>", "how many versions to keep, the newest included (1)", integer(1)]],
      example: "agent prune bank/login --keep 2",
      load: () => import("../commands/prune.ts"),
    },
    {
      name: "import",
      summary: "store what is in a file: env, ini, json, netrc, csv or fernet; all of it or nothing",
      operands: "<format> <file>",
      options: [
        ["--prefix <name>", "put all of it below this name", plain],
        ["--dry-run", "say what would be done, and change nothing"],
        ["--replace", "what exists already gets a new version"],
        ["--key-fd <fd>", "fernet: read the key from this descriptor", descriptor],
        ["--inner <format>", "fernet: the format of what is encrypted", plain],
        ["--name <name>", "fernet: what is encrypted is the value of this one secret", plain],
      ],
      example: "agent import env /etc/shop/.env --prefix shop --dry-run",
      load: () => import("../commands/import.ts"),
    },
  ],
};
