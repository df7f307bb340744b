import type { Administrators } from "./access/administrators.ts";
import type { Judges } from "./access/permission.ts";
import type { Throttle } from "./access/throttle.ts";
import type { Tickets } from "./access/tickets.ts";
import type { Audit } from "./audit/audit.ts";
import type { Log } from "./log.ts";
import type { SecureMemory } from "./memory/secure-memory.ts";
import type { Platform } from "./platform/index.ts";
import type { StateMachine } from "./state.ts";
import type { VaultDeps } from "./vault/vault.ts";

/** The parts of one agent, made once by `run.ts` and handed down. No part reaches back up. */
export interface Agent {
  readonly platform: Platform;
  readonly memory: SecureMemory;
  readonly state: StateMachine;
  readonly vaultDeps: VaultDeps;
  readonly administrators: Administrators;
  readonly tickets: Tickets;
  readonly judges: Judges;
  readonly throttle: Throttle;
  readonly audit: Audit;
  readonly log: Log;
  readonly version: string;
  /** When the agent started, on `platform.now()`. */
  readonly startedAt: number;
  /** Ends the agent once the reply in hand has left. */
  stop(): void;
}
