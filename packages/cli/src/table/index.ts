import { ACCESS } from "./access.ts";
import { AUDIT } from "./audit.ts";
import { HELPERS } from "./helpers.ts";
import { JOBS } from "./jobs.ts";
import { LIFE } from "./life.ts";
import { SECRETS } from "./secrets.ts";
import { SERVICE } from "./service.ts";
import type { CommandGroup } from "./spec.ts";
import { SYSTEMD } from "./systemd.ts";
import { TOKENS } from "./tokens.ts";

/** All commands, in the order of the help. */
export const GROUPS: readonly CommandGroup[] = [
  LIFE,
  SECRETS,
  ACCESS,
  TOKENS,
  AUDIT,
  JOBS,
  HELPERS,
  SYSTEMD,
  SERVICE,
];
