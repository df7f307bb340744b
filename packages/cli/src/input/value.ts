import { MAX_PAYLOAD_BYTES } from "@sotto/client/protocol";
import type { Call } from "../call.ts";
import { usage } from "../failure/failure.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { openTerminal } from "../terminal/terminal.ts";
import { readValue } from "./descriptor.ts";
import { DEFAULT_LENGTH, generate } from "./generate.ts";
import { askTwice } from "./twice.ts";

/** The options that say where a new value comes from. */
export interface ValueOptions {
  readonly stdin?: boolean;
  readonly valueFd?: number;
  /** True: of the default length. */
  readonly generate?: number | true;
  readonly trim?: boolean;
}

const STDIN = 0;

/** A new value, from where the options say, else typed twice. The caller wipes the result. */
export async function newValue(call: Call<ValueOptions>, name: string): Promise<Buffer> {
  checkSources(call.options);
  const { stdin, valueFd, generate: length, trim = false } = call.options;
  if (stdin === true) return readValue(STDIN, "--stdin", trim);
  if (valueFd !== undefined) return readValue(valueFd, "--value-fd", trim);
  if (length !== undefined) return generate(length === true ? DEFAULT_LENGTH : length);
  return typedValue(needTerminal(), name);
}

/** A value typed twice. An empty one is more likely a mistake than meant. The caller wipes the result. */
export async function typedValue(terminal: Terminal, name: string): Promise<Buffer> {
  const value = await askTwice(terminal, `Value of ${name}`, MAX_PAYLOAD_BYTES);
  if (value.length > 0) return value;
  throw usage("nothing was typed", "an empty value is stored with: --stdin < /dev/null");
}

function needTerminal(): Terminal {
  const terminal = openTerminal();
  if (terminal !== undefined) return terminal;
  throw usage(
    "no value, and there is no terminal to type it on",
    "give it with --stdin or --value-fd N, or make one with --generate",
  );
}

/** Fails for options that contradict each other, or where the value could come from nowhere, before anything is read. */
export function checkSources(options: Call<ValueOptions>["options"]): void {
  const { stdin, valueFd, generate: length, trim, passphraseFd } = options;
  const read = stdin === true ? STDIN : valueFd;
  const sources = [stdin === true, valueFd !== undefined, length !== undefined].filter(Boolean).length;
  if (sources > 1)
    throw usage("only one of --stdin, --value-fd and --generate makes sense", "leave out the others");
  if (trim === true && read === undefined) throw usage("--trim goes with --stdin or --value-fd");
  if (read !== undefined && read === passphraseFd)
    throw usage("the value and the passphrase cannot come from the same descriptor");
  if (sources === 0) needTerminal();
}
