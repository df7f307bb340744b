import type { SecureMemory } from "../memory/secure-memory.ts";
import { KEY_PAGE_BYTES } from "./key-page.ts";
import { WORKSPACE_BYTES } from "./workspace.ts";

/** An open vault has a workspace and a key page, and a second page while the file key changes. */
const NEEDED = [WORKSPACE_BYTES, KEY_PAGE_BYTES, KEY_PAGE_BYTES];

/**
 * Takes the secure memory of a vault at the start, while there is some, and puts it aside: connections that use up the
 * rest must not make an unlock impossible. Throws a `StartError` when there is too little.
 */
export function reserveForVault(memory: SecureMemory): void {
  const taken = NEEDED.map((size) => memory.allocate(size));
  for (const buffer of taken) buffer.destroy(); // kept by size for the next to ask
}
