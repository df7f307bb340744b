import { descriptor } from "../parse/option-values.ts";
import type { OptionSpec } from "./spec.ts";

/** Options that every command takes, before or after its name. */
export const GLOBAL_OPTIONS: readonly OptionSpec[] = [
  ["--home <dir>", "the agent's home (SOTTO_HOME)"],
  ["--socket <path>", "where the agent listens (SOTTO_SOCKET)"],
  ["--passphrase-fd <fd>", "read the passphrase from this descriptor instead of prompting", descriptor],
  ["--json", "answer with one JSON document"],
  ["--quiet", "leave out hints and notes"],
];
