import { since, selector, verb } from "../audit/filter.ts";
import { integer } from "../parse/option-values.ts";
import type { CommandGroup } from "./spec.ts";

export const AUDIT: CommandGroup = {
  heading: "Who had what:",
  commands: [
    {
      name: "audit",
      summary: "show the records of the audit, oldest first; needs no agent",
      options: [
        ["--since <when>", "only from then on: so long ago such as 8h, or a time", since],
        ["--name <selector>", "only what concerns this secret, or everything below PREFIX/**", selector],
        ["--denied", "only what was not allowed"],
        ["--uid <n>", "only what processes of this uid asked for", integer(0)],
        ["--verb <verb>", "only this, such as get or grant", verb],
      ],
      example: "agent audit --since 2d --denied\n  $ agent audit --name 'db/**' --verb get --json",
      load: () => import("../commands/audit.ts"),
    },
    {
      name: "audit verify",
      summary: "check that no line of the audit was changed, removed or moved; exit 1 names the first",
      options: [["--chain-only", "do not ask the agent: check the chain, not who made it"]],
      example: "agent audit verify",
      load: () => import("../commands/audit-verify.ts"),
    },
    {
      name: "audit report",
      summary: "write a page about who had which secret, and who was refused",
      options: [
        ["--html <file>", "where to write the page"],
        ["--since <when>", "from then on: so long ago, or a time (14d)", since],
        ["--force", "write over an existing file"],
      ],
      example: "agent audit report --html audit.html --since 30d",
      load: () => import("../commands/audit-report.ts"),
    },
  ],
};
