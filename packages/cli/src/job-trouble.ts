import { isPassing, shortfallError } from "@sotto/client";
import type { Shortfall } from "@sotto/client/quick";
import type { Call } from "./call.ts";
import { Failure } from "./failure/failure.ts";
import type { GetOptions } from "./fetch.ts";
import { report } from "./run.ts";

/** What a job's fetch met after the agent was asked. A failure is one of the one file's own class, which is not ours. */
export type Trouble =
  | { readonly shortfall: Exclude<Shortfall, "not-sent"> }
  | { readonly failure: Pick<Failure, "exit" | "message" | "hint"> }
  | { readonly error: unknown };

/** Tells it as the whole command line would, and ends the process. Who waits for the agent goes on with that one. */
export async function tellTrouble(call: Call<GetOptions>, trouble: Trouble): Promise<void> {
  const error = errorOf(trouble);
  if (call.options.wait !== undefined && isPassing(error)) {
    const { runWhole } = await import("./whole.ts");
    return runWhole(process.argv.slice(2));
  }
  report(error, call);
  process.exit();
}

function errorOf(trouble: Trouble): unknown {
  if ("shortfall" in trouble) return shortfallError(trouble.shortfall);
  if ("error" in trouble) return trouble.error;
  const { exit, message, hint } = trouble.failure;
  return new Failure(exit, message, hint);
}
