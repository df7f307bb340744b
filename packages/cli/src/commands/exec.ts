import { wipe } from "@sotto/client";
import type { Call } from "../call.ts";
import { runChild } from "../exec/child.ts";
import type { Variable } from "../exec/environment.ts";
import { checkHolds, exportLine, oddVariables, restoreLines } from "../exec/environment.ts";
import { Secrets } from "../exec/fetch-all.ts";
import { findCommand } from "../exec/find-command.ts";
import { inheritedDescriptors } from "../platform/inherited.ts";
import { memoryFile } from "../exec/memory-file.ts";
import type { ExecOptions, Requests } from "../exec/options.ts";
import { requestsOf } from "../exec/options.ts";
import { replaceProcess } from "../exec/replace.ts";

/** `agent exec [OPTIONS] -- COMMAND...`: runs a command with secrets in its environment, on descriptors or in files in memory. */
export async function run(call: Call<ExecOptions>): Promise<void> {
  const requests = requestsOf(call.options);
  const inherited = inheritedDescriptors().filter(({ fd }) => fd !== call.options.passphraseFd);
  const [command = ""] = call.operands;
  const file = findCommand(command);
  const all = [...requests.env, ...requests.fd, ...requests.file];
  const secrets = await Secrets.fetch(
    call,
    all.map(({ name }) => name),
  );
  try {
    const variables = variablesOf(requests, secrets);
    const odd = oddVariables();
    const isPlain = requests.fd.length + requests.file.length + odd.length === 0;
    if (isPlain && !inherited.some(({ closedOnExec }) => closedOnExec))
      replaceProcess(file, call.operands, variables);
    const handed = handOver(requests, secrets);
    const script = shellScript([...odd, ...variables]);
    secrets.dispose(); // the command starts after it, and this process lives on beside the command
    await runChild({ file, args: call.operands, inherited, script, ...handed });
  } finally {
    secrets.dispose();
  }
}

/** All of them, and every one checked, before anything is started. */
function variablesOf({ env }: Requests, secrets: Secrets): Variable[] {
  return env.map(({ variable, name, attribute }) => {
    const bytes =
      attribute === undefined ? secrets.bytes(name) : Buffer.from(secrets.attribute(name, attribute));
    const result = { variable, bytes };
    checkHolds(result, name);
    return result;
  });
}

/** A file in memory for each; those with a path stay open in this process, so that they are gone with it. */
function handOver(
  { fd: fds, file: files }: Requests,
  secrets: Secrets,
): { descriptors: Map<number, number>; variables: Record<string, string> } {
  const descriptors = new Map(fds.map(({ fd, name }) => [fd, memoryFile([secrets.bytes(name)])]));
  const paths = files.map(({ variable, name }) => {
    const fd = memoryFile([secrets.bytes(name)]);
    return [variable, `/proc/${process.pid}/fd/${fd}`] as const;
  });
  return { descriptors, variables: Object.fromEntries(paths) };
}

/** A file in memory with what a shell shall export; undefined where there is nothing. */
function shellScript(variables: readonly Variable[]): number | undefined {
  if (variables.length === 0) return undefined;
  const lines = variables.map(exportLine);
  try {
    return memoryFile([...restoreLines(), ...lines]);
  } finally {
    lines.forEach(wipe);
  }
}
