/** The command `agent`. Loads what the one command that is called needs, and nothing else. */
import { buildProgram } from "./program.ts";
import { Finished } from "./failure/usage.ts";
import { report, run } from "./run.ts";
import { closeTerminal } from "./terminal/terminal.ts";

process.on("uncaughtException", (error) => {
  closeTerminal();
  report(error);
  process.exit();
});

try {
  const program = buildProgram((spec, call) => run(spec.load, call));
  await program.parseAsync(process.argv.slice(2), { from: "user" });
} catch (error) {
  if (!(error instanceof Finished)) report(error);
} finally {
  closeTerminal();
}
process.exit();
