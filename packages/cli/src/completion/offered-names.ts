import { SottoError } from "@sotto/client";
import type { Call } from "../call.ts";
import { askStatus, isAdministrator, withAgent } from "../connection.ts";
import { readNames } from "../read-names.ts";

/**
 * The names that a shell may offer: all of them to an administrator whose passphrase was given a moment ago (a ticket),
 * to everyone else what may be fetched from here. None where the agent is locked, refuses or is not there: a key that is
 * pressed while somebody types a command asks nothing, and says nothing.
 */
export async function offeredNames(call: Call): Promise<readonly string[]> {
  try {
    return (await namesOf(call, true)) ?? (await namesOf(call, false)) ?? [];
  } catch (error) {
    if (error instanceof SottoError) return [];
    throw error;
  }
}

/** On a connection of its own; undefined where the proof of the passphrase is missing. */
function namesOf(call: Call, all: boolean): Promise<readonly string[] | undefined> {
  return withAgent(call, async (client) => {
    if (all && !isAdministrator(await askStatus(client))) return undefined;
    return readNames(client, undefined, all).catch((error: unknown) => {
      if (all && error instanceof SottoError && error.code === "auth-required") return undefined;
      throw error;
    });
  });
}
