import { SottoError, wipe } from "@sotto/client";
import type { Warning } from "@sotto/client/protocol";
import type { Call } from "../call.ts";
import { checkAdministrator, withAgent } from "../connection.ts";
import type { Texts } from "../failure/rephrase.ts";
import { ADMINISTRATORS_ONLY, rephrase } from "../failure/rephrase.ts";
import { currentPassphrase } from "../input/passphrase.ts";
import { keepsKeys } from "../platform/index.ts";
import { answerEither, note, warn } from "../output/tell.ts";

export interface UnlockOptions {
  /** Milliseconds. */
  readonly ttl?: number;
  readonly recovery?: boolean;
  readonly acceptRollback?: boolean;
  readonly upgradeKdf?: boolean;
}

const WARNINGS: Readonly<Record<Warning, string>> = {
  "last-seen-missing":
    "the record of the generation last seen was missing: whether this vault is the newest could not be checked",
  "rollback-accepted": "this vault is older than the one last seen; it is accepted from now on",
  "kdf-upgraded": "the key derivation was too weak; it has been strengthened, and the vault saved",
  "durability-unknown": "the vault's folder could not be synced to the disk: look after the disk",
};

const RECOVERY_TEXTS: Texts = {
  ...ADMINISTRATORS_ONLY,
  "wrong-passphrase": [
    "wrong recovery code",
    "is it the one of this vault? agent init printed it, or agent slot add",
  ],
};

/** `agent unlock`: opens the vault, on Windows with a key that it keeps where there is one. An agent that is unlocked stays so; a passphrase given on a descriptor is checked all the same. */
export function run(call: Call<UnlockOptions>): Promise<void> {
  const texts = call.options.recovery === true ? RECOVERY_TEXTS : ADMINISTRATORS_ONLY;
  return rephrase(texts, async () => {
    const { state } = await checkAdministrator(call);
    if (state === "uninitialised" && call.options.passphraseFd === undefined) throw new SottoError(state);
    const warnings =
      (state === "locked" ? await unlockKept(call) : undefined) ??
      (state !== "unlocked" || isWanted(call) ? await unlock(call) : []);
    if (state === "unlocked") note(call, alreadyText(call));
    for (const warning of warnings) warn(WARNINGS[warning]);
    answerEither(call, { state: "unlocked", warnings }, "");
  });
}

const alreadyText = ({ options }: Call<UnlockOptions>): string =>
  options.ttl === undefined
    ? "it is unlocked already"
    : "it is unlocked already; the time of --ttl counts from now";

/** While it is unlocked, a passphrase is only asked for to change when it locks; one that was given is checked. */
function isWanted({ options }: Call<UnlockOptions>): boolean {
  return options.passphraseFd !== undefined || options.ttl !== undefined;
}

/** Windows is asked before anybody is, unless the call names what opens the vault. undefined: a passphrase has to. */
async function unlockKept(call: Call<UnlockOptions>): Promise<readonly Warning[] | undefined> {
  const { ttl: ttlMs, recovery, acceptRollback, upgradeKdf, passphraseFd } = call.options;
  const named = recovery === true || acceptRollback === true || upgradeKdf === true;
  if (!keepsKeys || named || passphraseFd !== undefined) return undefined;
  try {
    const request = { ttlMs, kept: true };
    return (await withAgent(call, (client) => client.request("unlock", request))).fields.warnings;
  } catch (error) {
    const code = error instanceof SottoError ? error.code : undefined;
    if (code === "wrong-passphrase") note(call, "Windows does not give its key to this vault back");
    else if (code !== "not-found") throw error;
    return undefined;
  }
}

async function unlock(call: Call<UnlockOptions>): Promise<readonly Warning[]> {
  const { ttl: ttlMs, recovery, acceptRollback, upgradeKdf } = call.options;
  const passphrase = await currentPassphrase(call, recovery === true ? "Recovery code" : "Passphrase");
  try {
    const request = { ttlMs, recovery, acceptRollback, upgradeKdf };
    const { fields } = await withAgent(call, (client) =>
      client.request("unlock", request, { payload: passphrase }),
    );
    return fields.warnings;
  } finally {
    wipe(passphrase);
  }
}
