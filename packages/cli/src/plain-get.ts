import type { Call } from "./call.ts";
import type { GetOptions } from "./fetch.ts";
import { mayBeOdd } from "./odd-arguments.ts";
import { duration } from "./parse/option-values.ts";

const FLAGS: ReadonlySet<string> = new Set(["--json", "--quiet"]);
const TEXTS: ReadonlySet<string> = new Set(["--attr", "--token-file", "--home", "--socket"]);

/**
 * Reads `get NAME` with options written out in full, as jobs call it. Undefined for anything else, which commander reads:
 * it is not loaded for a job that runs every minute, nor what an administrator's `get` needs.
 */
export function readPlainGet(args: readonly string[]): Call<GetOptions> | undefined {
  if (args[0] !== "get" || mayBeOdd(args)) return undefined;
  const options: Record<string, unknown> = {};
  const operands: string[] = [];
  const rest = args.slice(1);
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    if (!arg.startsWith("-")) operands.push(arg);
    else if (FLAGS.has(arg)) options[camelCase(arg)] = true;
    else if (!readValue(arg, rest.shift(), options)) return undefined;
  }
  return operands.length === 1 ? { command: "get", job: true, operands, options } : undefined;
}

/** False for an option that is not known here, or has no value. */
function readValue(arg: string, value: string | undefined, options: Record<string, unknown>): boolean {
  if (value === undefined) return false;
  if (arg === "--wait") options["wait"] = duration(value, `get: ${arg}`, undefined);
  else if (TEXTS.has(arg)) options[camelCase(arg)] = value;
  else return false;
  return true;
}

const camelCase = (option: string): string =>
  option.slice(2).replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
