import type { Call } from "../call.ts";
import { completionScript } from "../completion/index.ts";
import { usage } from "../failure/failure.ts";
import { answer } from "../output/write.ts";
import { buildProgram } from "../program.ts";
import { wordsOf } from "../completion/words.ts";

/** `agent completion SHELL`: a script made from the commands that there are. */
export async function run(call: Call): Promise<void> {
  const program = buildProgram(() => Promise.resolve());
  const script = completionScript(call.operands[0] ?? "", wordsOf(program));
  if (script === undefined) throw usage("there are completions for bash, zsh and fish");
  answer(script);
  return Promise.resolve();
}
