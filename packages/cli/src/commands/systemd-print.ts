import type { Call } from "../call.ts";
import { answerEither } from "../output/tell.ts";
import { systemFiles } from "../systemd/files.ts";
import { thisProgram } from "../systemd/program.ts";

/** `agent systemd print`: every file, after a comment with its path. */
export function run(call: Call): Promise<void> {
  const files = systemFiles(thisProgram());
  answerEither(
    call,
    { files },
    files
      .map(({ path, text }) => `# ${path}\n${text}`)
      .join("\n")
      .trimEnd(),
  );
  return Promise.resolve();
}
