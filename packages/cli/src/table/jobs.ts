import { duration } from "../parse/option-values.ts";
import type { CommandGroup, CommandSpec } from "./spec.ts";

/** On its own because plain-get.ts calls it without the parser of the other commands. */
export const GET: CommandSpec = {
  name: "get",
  summary: "write the exact bytes of a secret to stdout",
  operands: "<name>",
  options: [
    ["--attr <key>", "write this attribute instead of the value"],
    ["--wait <duration>", "wait up to this long while the agent is locked or absent", duration],
    ["--token-file <file>", "send the token in this file (also SOTTO_TOKEN_FILE)"],
    ["--admin", "as an administrator, without a rule; audited as such"],
  ],
  example: "agent get bank/login --wait 2m",
  job: true,
  load: () => import("../commands/get.ts"),
};

export const JOBS: CommandGroup = {
  heading: "For jobs:",
  commands: [
    GET,
    {
      name: "require",
      summary: "fetch a secret, or on a terminal ask for it and store it first",
      operands: "<name>",
      example: "agent require bank/login",
      job: true,
      load: () => import("../commands/require.ts"),
    },
    {
      name: "completion",
      summary: "print a completion script for bash, zsh or fish",
      operands: "<shell>",
      example: "agent completion bash > /etc/bash_completion.d/agent",
      load: () => import("../commands/completion.ts"),
    },
  ],
};
