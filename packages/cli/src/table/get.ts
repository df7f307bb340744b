import { duration } from "../parse/option-values.ts";
import type { CommandSpec, OptionSpec } from "./spec.ts";

/** Of every command that fetches as a job does. */
export const WAIT_AND_TOKEN: readonly OptionSpec[] = [
  ["--wait <duration>", "wait up to this long while the agent is locked or absent", duration],
  ["--token-file <file>", "send the token in this file (also SOTTO_TOKEN_FILE)"],
];

/** In a file of its own: a plain `get` loads neither the parser nor what the other commands take. */
export const GET: CommandSpec = {
  name: "get",
  summary: "write the exact bytes of a secret to stdout",
  operands: "<name>",
  options: [
    ["--attr <key>", "write this attribute instead of the value"],
    ...WAIT_AND_TOKEN,
    ["--admin", "as an administrator, without a rule; audited as such"],
  ],
  example: "agent get bank/login --wait 2m",
  job: true,
  load: () => import("../commands/get.ts"),
};
