/** The command `agent`. Loads what the one command that is called needs, and nothing else. */
import type { Call } from "./call.ts";
import { placesOf } from "./connection.ts";
import { printable } from "@sotto/client/protocol";
import { refuseSecretsInEnvironment } from "./environment.ts";
import { describe } from "./failure/describe.ts";
import { EXIT } from "./failure/failure.ts";
import { tell } from "./output/write.ts";
import { thing } from "./parse/operands.ts";
import { readPlainGet } from "./plain-get.ts";
import { GET } from "./table/get.ts";
import type { CommandSpec } from "./table/spec.ts";
import { closeTerminal } from "./terminal/terminal.ts";

process.on("uncaughtException", (error) => end(error));

async function main(args: readonly string[]): Promise<void> {
  const plain = readPlainGet(args);
  if (plain !== undefined) return run(GET, plain);
  const { buildProgram } = await import("./program.ts");
  const { Finished } = await import("./failure/usage.ts");
  try {
    await buildProgram(run).parseAsync(args, { from: "user" });
  } catch (error) {
    if (!(error instanceof Finished)) throw error;
  }
}

async function run(spec: CommandSpec, call: Call): Promise<void> {
  try {
    refuseSecretsInEnvironment();
    const command = await spec.load();
    await command.run(call);
  } catch (error) {
    report(error, call);
  } finally {
    closeTerminal();
  }
}

/** Tells what went wrong, and sets the exit status. */
function report(error: unknown, call?: Call): void {
  const { exit, text, hint } = describe(error);
  const place = call !== undefined && exit === EXIT.unreachable ? printable(placesOf(call)) : "";
  tell(`error: ${call === undefined ? "" : `${thing(call)}: `}${text}${place === "" ? "" : ` (${place})`}`);
  if (hint !== undefined && call?.options.quiet !== true) tell(`hint: ${hint}`);
  process.exitCode = exit;
}

function end(error: unknown): never {
  closeTerminal();
  report(error);
  process.exit();
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  report(error);
}
process.exit();
