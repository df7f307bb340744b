import { wipe } from "@sotto/client";
import type { SlotKind } from "@sotto/client/protocol";
import { MAX_LABEL_BYTES } from "@sotto/client/protocol";
import { asAdministrator } from "../administrator.ts";
import type { Call } from "../call.ts";
import { checkUnlockedAdministrator } from "../connection.ts";
import { usage } from "../failure/failure.ts";
import { checkKeepsKeys } from "../failure/kept.ts";
import { printable } from "@sotto/client/protocol";
import type { Texts } from "../failure/rephrase.ts";
import { ADMINISTRATORS_ONLY } from "../failure/rephrase.ts";
import type { NewPassphraseOptions } from "../input/passphrase.ts";
import { newPassphrase } from "../input/passphrase.ts";
import { answerRecoveryCode } from "../output/recovery-code.ts";
import { answerEither, checkDurable, note, warn } from "../output/tell.ts";

export interface SlotAddOptions extends NewPassphraseOptions {
  readonly recovery?: boolean;
  readonly dpapi?: "user" | "machine";
  readonly label?: string;
}

const TEXTS: Texts = {
  ...ADMINISTRATORS_ONLY,
  conflict: ["the vault has no room for another slot", "agent slot remove ID makes some"],
};

/** `agent slot add`: another passphrase that opens the vault, another recovery code, or a key that Windows keeps. */
export async function run(call: Call<SlotAddOptions>): Promise<void> {
  checkOptions(call.options);
  const { recovery, dpapi, newPassphraseFd, weakPassphrase = false } = call.options;
  if (dpapi !== undefined) return addKept(call, dpapi);
  if (recovery === true) return add(call, "recovery");
  await checkUnlockedAdministrator(call);
  const chosen = await newPassphrase(newPassphraseFd, "--new-passphrase-fd", weakPassphrase);
  try {
    await add(call, "passphrase", chosen);
  } finally {
    wipe(chosen);
  }
}

const WHO = {
  user: "whatever runs as the agent's account",
  machine: "whoever can read the vault and run a program on this machine",
};

async function addKept(call: Call<SlotAddOptions>, scope: "user" | "machine"): Promise<void> {
  await add(call, `dpapi-${scope}`);
  warn(`${WHO[scope]} can open the vault without a passphrase from now on`);
}

async function add(call: Call<SlotAddOptions>, kind: SlotKind, passphrase?: Buffer): Promise<void> {
  const { label } = call.options;
  const { fields, payload } = await asAdministrator(
    call,
    (client) => client.request("slot-add", { kind, label }, { payload: passphrase }),
    TEXTS,
  );
  if (kind === "recovery") answerRecoveryCode(call, fields.slot, payload);
  else answerEither(call, { slot: fields.slot }, fields.slot);
  if (kind === "recovery") note(call, `its slot is ${fields.slot}`);
  checkDurable(fields);
}

function checkOptions(options: Call<SlotAddOptions>["options"]): void {
  const { recovery, dpapi, newPassphraseFd, weakPassphrase, passphraseFd, label = "" } = options;
  if (dpapi !== undefined) checkKeepsKeys();
  if (dpapi !== undefined && (recovery === true || newPassphraseFd !== undefined || weakPassphrase === true))
    throw usage("Windows keeps a key that the agent makes: --dpapi takes no passphrase and no recovery code");
  if (recovery === true && (newPassphraseFd !== undefined || weakPassphrase === true))
    throw usage("a recovery code is made by the agent: --recovery takes no passphrase");
  if (newPassphraseFd !== undefined && newPassphraseFd === passphraseFd)
    throw usage("both passphrases cannot come from the same descriptor");
  if (printable(label) !== label || Buffer.byteLength(label) > MAX_LABEL_BYTES)
    throw usage(`a label is one line of at most ${MAX_LABEL_BYTES} bytes`);
}
