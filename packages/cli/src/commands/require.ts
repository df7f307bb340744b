import type { Secret } from "@sotto/client";
import { SottoError, wipe } from "@sotto/client";
import { asAdministrator } from "../administrator.ts";
import type { Call } from "../call.ts";
import type { Texts } from "../failure/rephrase.ts";
import { ADMINISTRATORS_ONLY, rephrase } from "../failure/rephrase.ts";
import { typedValue } from "../input/value.ts";
import { answerSecret } from "../output/secret.ts";
import { checkDurable, note } from "../output/tell.ts";
import { nameOperand } from "../parse/operands.ts";
import { openTerminal } from "../terminal/terminal.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { fetch } from "../fetch.ts";

/** `agent require NAME`: fetches, or asks for the value on a terminal and stores it first. */
export async function run(call: Call): Promise<void> {
  const name = nameOperand(call);
  const secret = (await fetchIfAllowed(call, name)) ?? (await fetchStored(call, name));
  try {
    answerSecret(call, secret);
  } finally {
    secret.dispose();
  }
}

/** Undefined when the secret was not there, or not for us, and has been stored now. */
async function fetchIfAllowed(call: Call, name: string): Promise<Secret | undefined> {
  try {
    return await fetch(call, name);
  } catch (error) {
    const missing = error instanceof SottoError && ["denied", "not-found"].includes(error.code);
    const terminal = missing ? openTerminal() : undefined;
    if (terminal === undefined) throw error;
    note(call, `${name} is not there, or not for this user; what you type is stored`);
    await store(call, name, terminal);
    return undefined;
  }
}

/** Who stored it as an administrator has done so, whatever comes now. */
const fetchStored = (call: Call, name: string): Promise<Secret> =>
  rephrase(
    {
      denied: [
        "it is stored, but no rule allows this process to fetch it",
        "an administrator can allow it with: agent grant",
      ],
    },
    () => fetch(call, name),
  );

const TEXTS: Texts = {
  ...ADMINISTRATORS_ONLY,
  conflict: [
    "it is there, but no rule allows this process to fetch it",
    "an administrator can allow it with: agent grant",
  ],
};

/** Never replaces a value that somebody else may be using. */
async function store(call: Call, name: string, terminal: Terminal): Promise<void> {
  const value = await typedValue(terminal, name);
  try {
    const { fields } = await asAdministrator(
      call,
      (client) => client.request("set", { name, ifVersion: 0 }, { payload: value }),
      TEXTS,
    );
    checkDurable(fields);
  } finally {
    wipe(value);
  }
}
