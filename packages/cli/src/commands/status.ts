import type { StatusReply } from "@sotto/client/protocol";
import type { Call } from "../call.ts";
import { askStatus, withAgent } from "../connection.ts";
import { EXIT } from "../failure/failure.ts";
import { answerEither, warn } from "../output/tell.ts";
import { span, timeOrNull } from "../output/time.ts";

/** `agent status`: exit 0 unlocked, 3 locked or without a vault; 5 when no agent answers. */
export async function run(call: Call): Promise<void> {
  const status = await withAgent(call, askStatus);
  const document = statusDocument(status);
  answerEither(call, document, statusLines(document, status.uptimeSeconds));
  if (status.audit === "failing")
    warn(
      "the audit cannot be written: nothing is given out until it can; check the space and modes of the home",
    );
  if (status.durability === "unknown")
    warn("the vault's folder could not be synced: a power cut may bring back the version before");
  if (status.state !== "unlocked") process.exitCode = EXIT.locked;
}

type Document = Readonly<Record<string, string | number | null | undefined>>;

/** The keys of the contract; those for administrators are there exactly when the agent answered one. */
export function statusDocument(status: StatusReply): Document {
  const { state, pid, version, protocol, memory, uptimeSeconds } = status;
  const forAll = { state, pid, version, protocol, memory, uptimeSeconds };
  if (status.audit === undefined) return forAll;
  return {
    ...forAll,
    vaultId: status.vaultId ?? null,
    generation: status.generation ?? null,
    secrets: status.secrets ?? null,
    rules: status.rules ?? null,
    unlockedAt: timeOrNull(status.unlockedAt),
    unlockedByUid: status.unlockedByUid ?? null,
    ...(status.unlockedBySid !== undefined && { unlockedBySid: status.unlockedBySid }),
    locksAt: timeOrNull(status.locksAt),
    audit: status.audit,
  };
}

const LABELS: readonly (readonly [key: string, label: string])[] = [
  ["state", "state"],
  ["pid", "pid"],
  ["version", "version"],
  ["protocol", "protocol"],
  ["memory", "memory"],
  ["uptime", "uptime"],
  ["vaultId", "vault"],
  ["generation", "generation"],
  ["secrets", "secrets"],
  ["rules", "rules"],
  ["unlockedAt", "unlocked at"],
  ["unlockedByUid", "unlocked by uid"],
  ["unlockedBySid", "unlocked by SID"],
  ["locksAt", "locks at"],
  ["audit", "audit"],
];

/** One `label: value` a line; what is not known is left out. */
function statusLines(document: Document, uptimeSeconds: number): string {
  const values: Document = { ...document, uptime: span(uptimeSeconds) };
  return LABELS.flatMap(([key, label]) => {
    const value = values[key];
    return value === undefined || value === null ? [] : [`${label}: ${value}`];
  }).join("\n");
}
