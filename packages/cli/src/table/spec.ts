import type { CommandModule } from "../call.ts";
import type { Parser } from "../parse/option-values.ts";

/** An option as commander writes it, such as `--ttl <duration>`; without a parser it is a flag, or plain text. */
export type OptionSpec = readonly [flags: string, description: string, parse?: Parser];

/** One command, all but what it does: that is loaded when it is called. */
export interface CommandSpec {
  /** With its group, such as `slot add`. */
  readonly name: string;
  readonly summary: string;
  /** As commander writes them, such as `<name> [prefix]`. */
  readonly operands?: string;
  readonly options?: readonly OptionSpec[];
  readonly example: string;
  /** It is made of what Linux offers. */
  readonly linux?: true;
  /** It is made of what Windows offers. */
  readonly windows?: true;
  /** Looks for an agent as a job does. */
  readonly job?: true;
  readonly load: () => Promise<CommandModule>;
}

/** Commands under one heading of the help. */
export interface CommandGroup {
  readonly heading: string;
  readonly commands: readonly CommandSpec[];
}
