import type { StatusReply } from "@sotto/client/protocol";
import { PROTOCOL_VERSION } from "@sotto/client/protocol";
import type { Agent } from "../agent.ts";
import type { Handler } from "./handler.ts";

/** The state for everyone; numbers about the vault for administrators. */
export const status: Handler<"status"> = (agent, { session }) => {
  const everyone: StatusReply = {
    state: agent.state.current,
    pid: process.pid,
    version: agent.version,
    protocol: PROTOCOL_VERSION,
    memory: agent.memory.mode,
    uptimeSeconds: Math.floor((agent.platform.now() - agent.startedAt) / 1000),
  };
  return { fields: session.administrator ? { ...everyone, ...forAdministrators(agent) } : everyone };
};

function forAdministrators(agent: Agent): Partial<StatusReply> {
  const { unlocked, locksAt } = agent.state;
  const sid = unlocked && agent.platform.sidOf?.(unlocked.byUid);
  return {
    vaultId: unlocked?.vault.id ?? null,
    generation: unlocked?.vault.generation ?? null,
    secrets: unlocked?.vault.contents.secrets.size ?? null,
    rules: unlocked?.vault.contents.rules.length ?? null,
    unlockedAt: unlocked?.since ?? null,
    unlockedByUid: sid === undefined ? (unlocked?.byUid ?? null) : null,
    ...(sid !== undefined && { unlockedBySid: sid }),
    locksAt: locksAt ?? null,
    audit: agent.audit.ready() ? "ok" : "failing",
    durability: agent.state.durable ? "known" : "unknown",
  };
}
