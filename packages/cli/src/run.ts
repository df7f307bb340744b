import { printable } from "@sotto/client/protocol";
import type { Call, CommandModule } from "./call.ts";
import { placesOf } from "./connection.ts";
import { refuseSecretsInEnvironment } from "./environment.ts";
import { describe } from "./failure/describe.ts";
import { EXIT } from "./failure/failure.ts";
import { tell } from "./output/write.ts";
import { refuseOddArguments } from "./odd-arguments.ts";
import { thing } from "./parse/operands.ts";

/** Runs one command. What goes wrong is told, and sets the exit status. */
export async function run(load: () => Promise<CommandModule>, call: Call): Promise<void> {
  try {
    refuseSecretsInEnvironment();
    refuseOddArguments(process.argv);
    const command = await load();
    await command.run(call);
  } catch (error) {
    report(error, call);
  }
}

/** Tells what went wrong, and sets the exit status. */
export function report(error: unknown, call?: Call): void {
  const { exit, text, hint } = describe(error);
  const place = call !== undefined && exit === EXIT.unreachable ? printable(placesOf(call)) : "";
  tell(`error: ${call === undefined ? "" : `${thing(call)}: `}${text}${place === "" ? "" : ` (${place})`}`);
  if (hint !== undefined && call?.options.quiet !== true) tell(`hint: ${hint}`);
  process.exitCode = exit;
}
