import type { Call } from "../call.ts";
import { answerEither } from "../output/tell.ts";
import { installSteps, typed } from "../service/steps.ts";

/** `agent service print`: what `install` would run, a line each. */
export function run(call: Call): Promise<void> {
  const steps = installSteps();
  answerEither(call, { commands: steps }, steps.map(typed).join("\n"));
  return Promise.resolve();
}
