import sodium from "sodium-native";
import { AgentError } from "../errors.ts";
import { EMPTY_CONTENTS } from "./contents.ts";
import type { VaultDeps } from "./deps.ts";
import { randomPublic } from "./derive.ts";
import { KeyPage } from "./key-page.ts";
import type { VaultParts } from "./unlock.ts";
import { Workspace } from "./workspace.ts";

const VAULT_ID_BYTES = 16;

/** An empty vault with new keys, without a slot and not saved yet: generation 0. Throws `conflict` where there is one. */
export function newVaultParts(deps: VaultDeps): VaultParts {
  if (deps.store.exists()) throw new AgentError("conflict");
  const vaultId = randomPublic(VAULT_ID_BYTES);
  const keys = newKeys(deps, vaultId);
  try {
    const workspace = new Workspace(deps.memory);
    return {
      vaultId,
      generation: 0,
      created: Date.now(),
      keys,
      workspace,
      slots: [],
      contents: EMPTY_CONTENTS,
    };
  } catch (error) {
    keys.destroy();
    throw error;
  }
}

/** A page with a new file key. */
export function newKeys(deps: VaultDeps, vaultId: Buffer): KeyPage {
  const keys = new KeyPage(deps.memory);
  keys.fill(vaultId, (fileKey) => sodium.randombytes_buf(fileKey));
  return keys;
}
