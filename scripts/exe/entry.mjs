/**
 * The one program: command line and agent, and the names under which other programs call it (a link beside it is enough).
 * What is loaded later is in the same file, yet does not run before it is asked for.
 */
import { basename } from "node:path";
import { AGENT_WORD } from "../../packages/cli/src/installation.ts";

/** As Node ends a module that waits for what never comes: a command ends by `process.exit`. */
const UNSETTLED = 13;
const CALLED_AS = { "docker-credential-sotto": ["docker-credential"], "sotto-askpass": ["askpass", "--"] };
const [, calledAs, ...given] = process.argv;
const args = [...(CALLED_AS[basename(calledAs, ".exe")] ?? []), ...given];

const whole = () => import("../../packages/cli/src/whole.ts").then(({ runWhole }) => runWhole(args));
const trouble = (call, what) =>
  import("../../packages/cli/src/job-trouble.ts").then(({ tellTrouble }) => tellTrouble(call, what));
const job = () =>
  import("../../packages/cli/src/job.ts").then(({ runJob }) => runJob(args, { whole, trouble }));
const agent = () => import("../../packages/agent/src/entry.ts").then(({ enter }) => enter(args.slice(1)));

if (args[0] === AGENT_WORD) agent();
else {
  process.on("beforeExit", () => process.exit(UNSETTLED));
  if (args[0] === "get") job();
  else whole();
}
