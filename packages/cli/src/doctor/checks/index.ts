import type { Check } from "../check.ts";
import { AGENT_CHECKS } from "./agent.ts";
import { AUDIT_CHECKS } from "./audit.ts";
import { CLOCK_CHECKS } from "./clock.ts";
import { CONFIG_CHECKS } from "./config.ts";
import { HOME_CHECKS } from "./home.ts";
import { KERNEL_CHECKS } from "./kernel.ts";
import { MEMORY_CHECKS } from "./memory.ts";
import { NODE_CHECKS } from "./node.ts";
import { PROCESS_CHECKS } from "./process.ts";
import { PROGRAM_CHECKS } from "./program.ts";
import { SERVICE_CHECKS } from "./service.ts";
import { VAULT_CHECKS } from "./vault.ts";

/** All checks, in the order of the output: what everything stands on first. */
export const CHECKS: readonly Check[] = [
  ...NODE_CHECKS,
  ...PROGRAM_CHECKS,
  ...KERNEL_CHECKS,
  ...MEMORY_CHECKS,
  ...CLOCK_CHECKS,
  ...HOME_CHECKS,
  ...CONFIG_CHECKS,
  ...VAULT_CHECKS,
  ...AUDIT_CHECKS,
  ...SERVICE_CHECKS,
  ...AGENT_CHECKS,
  ...PROCESS_CHECKS,
];
