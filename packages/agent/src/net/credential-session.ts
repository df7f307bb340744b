import { Session } from "../access/session.ts";
import type { Agent } from "../agent.ts";
import type { AuditPeer } from "../audit/audit.ts";
import type { PeerHandle } from "../platform/index.ts";

/** No user and no group has it ("no such id" to the kernel): a rule that asks for a user or a group matches no unit. */
const NO_ID = 0xffff_ffff;

/**
 * A unit for which the service manager fetches: only its name is known of it, and only rules that ask for a unit and for
 * nothing of a process match it. The audit has the process that came.
 */
export class CredentialSession extends Session {
  readonly #manager: PeerHandle;
  readonly #unit: string;

  constructor(manager: PeerHandle, unit: string, agent: Agent) {
    super(unitAlone(manager, unit), agent);
    this.#manager = manager;
    this.#unit = unit;
  }

  override get auditPeer(): AuditPeer {
    const { uid, gid, pid } = this.#manager;
    return { ...super.auditPeer, uid, gid, pid, unit: this.#unit };
  }

  override get note(): string {
    return "LoadCredential";
  }
}

const unitAlone = (manager: PeerHandle, unit: string): PeerHandle => ({
  pid: manager.pid,
  uid: NO_ID,
  gid: NO_ID,
  groups: [],
  isAlive: () => manager.isAlive(),
  inspect: () => ({ unit }),
  describe: () => manager.describe(),
  uidNow: () => undefined,
  openProgram: () => undefined,
  release: () => manager.release(),
});
