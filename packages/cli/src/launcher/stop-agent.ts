import { setTimeout as sleep } from "node:timers/promises";
import { SottoError } from "@sotto/client";
import type { Call } from "../call.ts";
import { askStatus, quickMs, withAgent } from "../connection.ts";
import { EXIT, Failure } from "../failure/failure.ts";
import { ADMINISTRATORS_ONLY, rephrase } from "../failure/rephrase.ts";

const LONGEST_END_MS = 10_000;
const LOOK_AGAIN_MS = 20;

/** Asks the agent to end, and returns when it has gone, so that a start after it finds the place free. */
export async function stopAgent(call: Call): Promise<void> {
  await rephrase(ADMINISTRATORS_ONLY, () =>
    withAgent(call, (client) => client.request("stop", {}, { timeoutMs: quickMs() })),
  );
  const deadline = performance.now() + LONGEST_END_MS;
  while (await answers(call)) {
    if (performance.now() > deadline)
      throw new Failure(
        EXIT.failed,
        "the agent is locked, but has not ended yet",
        "agent status names its pid",
      );
    await sleep(LOOK_AGAIN_MS);
  }
}

async function answers(call: Call): Promise<boolean> {
  try {
    await withAgent(call, askStatus);
    return true;
  } catch (error) {
    if (error instanceof SottoError && error.code === "unreachable") return false;
    throw error;
  }
}
