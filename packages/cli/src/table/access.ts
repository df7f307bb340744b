import { OPERATIONS } from "@sotto/client/protocol";
import { integer, plain, repeated, words } from "../parse/option-values.ts";
import type { CommandGroup } from "./spec.ts";

/** 2^32-1 is "no such id" to the kernel (setresuid(2)). */
const unixId = integer(0, 0xffff_fffe);

export const ACCESS: CommandGroup = {
  heading: "Who may have what:",
  commands: [
    {
      name: "grant",
      summary: "make a rule and print its id; several kinds must all match, of one kind any",
      operands: "<selector>",
      options: [
        ["--user <name>", "for this user (may be repeated)", repeated(plain)],
        ["--uid <n>", "for this uid (may be repeated)", repeated(unixId)],
        ["--group <name>", "for processes in this group (may be repeated)", repeated(plain)],
        ["--gid <n>", "for processes in this gid (may be repeated)", repeated(unixId)],
        ["--may <operations>", "get, set or get,set (get)", words(...OPERATIONS)],
      ],
      example: "agent grant bank/login --user batch\n  $ agent grant 'db/**' --group backup --may get",
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
  ],
};
