import { buildProgram } from "./program.ts";
import { Finished } from "./failure/usage.ts";
import { report, run } from "./run.ts";
import { closeTerminal } from "./terminal/terminal.ts";

/** Runs the command line with these arguments, and ends the process. Loads what the one command that is called needs. */
export async function runWhole(args: readonly string[]): Promise<never> {
  process.on("uncaughtException", (error) => {
    closeTerminal();
    report(error);
    process.exit();
  });
  try {
    const program = buildProgram((spec, call) => run(spec.load, call));
    await program.parseAsync(args, { from: "user" });
  } catch (error) {
    if (!(error instanceof Finished)) report(error);
  } finally {
    closeTerminal();
  }
  process.exit();
}
