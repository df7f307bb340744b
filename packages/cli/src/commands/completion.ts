import type { Call } from "../call.ts";
import { completionScript } from "../completion/index.ts";
import { offeredNames } from "../completion/offered-names.ts";
import { wordsOf } from "../completion/words.ts";
import { usage } from "../failure/failure.ts";
import { answer } from "../output/write.ts";
import { buildProgram } from "../program.ts";

/** `agent completion SHELL`: a script made from the commands that there are. `names` is what that script asks for. */
export async function run(call: Call): Promise<void> {
  const [shell = ""] = call.operands;
  if (shell === "names") return answerNames(call);
  const program = buildProgram(() => Promise.resolve());
  const script = completionScript(shell, wordsOf(program));
  if (script === undefined) throw usage("there are completions for bash, zsh, fish and powershell");
  answer(script);
}

async function answerNames(call: Call): Promise<void> {
  const names = await offeredNames(call);
  if (names.length > 0) answer(names.join("\n"));
}
