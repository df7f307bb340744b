import type { ErrorDetails, VaultReason } from "@sotto/client/protocol";

/** Why a vault was refused, in words that say where to look. */
const REASONS: Readonly<Record<Exclude<VaultReason, "version">, string>> = {
  "not-a-file": "the vault is not a regular file",
  links: "the vault has more than one hard link, or is a symbolic link",
  owner: "the vault belongs to another user",
  mode: "the vault may be read or written by others",
  size: "the vault is too short or too long to be one",
  magic: "the file is not a vault of Sotto",
  flags: "the vault uses something that this version does not know",
  length: "the vault is cut off, or something was appended to it",
  checksum: "the vault's header is damaged",
  slots: "the vault's slots are damaged",
  kdf: "the vault asks for a key derivation outside of the allowed range",
  mac: "the vault's header was changed by someone without the passphrase",
  "slot-key": "the slot's key is damaged",
  payload: "the vault's content is damaged",
  schema: "the vault's content is not valid",
};

const BACKUP_HINT = "the version before is in vault.bak; copy both files away before you change anything";
const FILE_HINTS: Partial<Record<VaultReason, string>> = {
  "not-a-file": "the file named vault in the agent's home must be the vault itself",
  links: "make the file named vault in the agent's home a plain copy of its own",
  owner: "give the file named vault in the agent's home to the user that runs the agent",
  mode: "close it with: chmod 600 on the file named vault in the agent's home",
  version: "install that version, or a later one",
  flags: "install the version of Sotto that wrote it, or a later one",
};

/** Text and hint of `vault-damaged`, as exactly as the agent told. */
export function vaultDamage(details: ErrorDetails): { text: string; hint: string } | undefined {
  const { reason } = details;
  if (reason === undefined || !isVaultReason(reason)) return undefined;
  const hint = FILE_HINTS[reason] ?? BACKUP_HINT;
  if (reason !== "version") return { text: REASONS[reason], hint };
  const needed = details.needsVersion;
  const which = needed === undefined ? "another version" : `version ${needed}`;
  return { text: `the vault needs ${which} of Sotto`, hint };
}

const isVaultReason = (reason: string): reason is VaultReason =>
  reason === "version" || Object.hasOwn(REASONS, reason);
