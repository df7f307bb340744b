import { EXIT, Failure } from "../failure/failure.ts";
import type { ServiceTools } from "../platform/index.ts";
import { deleteStep, installSteps, queryStep, type Step, stopStep } from "./steps.ts";

const ELEVATED = "run it in a shell that was started as administrator";

/** Throws a `Failure` unless this process may change services. */
export function checkElevated(tools: ServiceTools): void {
  if (!tools.isElevated()) throw new Failure(EXIT.notFound, "only administrators may do that", ELEVATED);
}

/** Makes the service, all of it or nothing; starts nothing. Throws a `Failure`. */
export function install(tools: ServiceTools): void {
  if (tools.run(queryStep) === 0)
    throw new Failure(EXIT.conflict, "there is a service of that name already", "agent service uninstall");
  const [create = [], ...rest] = installSteps();
  must(tools, create);
  try {
    for (const step of rest) must(tools, step);
  } catch (error) {
    tools.run(deleteStep);
    throw error;
  }
}

/** Stops the service, if it runs, and removes it. The home stays. Throws a `Failure`. */
export function uninstall(tools: ServiceTools): void {
  if (tools.run(queryStep) !== 0) throw new Failure(EXIT.notFound, "there is no such service");
  tools.run(stopStep);
  must(tools, deleteStep);
}

function must(tools: ServiceTools, step: Step): void {
  const status = tools.run(step);
  if (status === 0) return;
  const [program = "", verb = ""] = step;
  throw new Failure(EXIT.failed, `${program} ${verb} failed (${status ?? "not started"})`, ELEVATED);
}
