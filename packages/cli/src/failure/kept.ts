import { keepsKeys } from "../platform/index.ts";
import { usage } from "./failure.ts";
import type { Texts } from "./rephrase.ts";
import { ADMINISTRATORS_ONLY } from "./rephrase.ts";

/** For requests that are answered by what Windows keeps. */
export const KEPT_TEXTS: Texts = {
  ...ADMINISTRATORS_ONLY,
  "not-found": ["Windows keeps no key of this vault", "agent slot add --dpapi user lets it keep one"],
  "wrong-passphrase": [
    "Windows does not give the key back",
    "only the account that added the slot, on that machine, gets it: agent slot list shows the slots",
  ],
};

/** Refuses `--dpapi` where the system keeps no keys. */
export function checkKeepsKeys(): void {
  if (keepsKeys) return;
  throw usage(
    "--dpapi is for Windows: DPAPI, which keeps the key, is a part of it",
    "here a service manager can hand over the passphrase: agent unlock --passphrase-fd N",
  );
}
