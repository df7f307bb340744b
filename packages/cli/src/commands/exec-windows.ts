import { wipe } from "@sotto/client";
import type { Call } from "../call.ts";
import { Secrets } from "../exec/fetch-all.ts";
import type { ExecOptions, Requests } from "../exec/options.ts";
import { requestsOf } from "../exec/options.ts";
import { commandLine, findProgram } from "../exec/command-line.ts";
import { environmentBlock } from "../exec/environment-block.ts";
import { Failure, usage } from "../failure/failure.ts";
import type { Programs } from "../platform/index.ts";
import { loadPlatform } from "../platform/index.ts";

const NOT_EXECUTABLE = 126;
/** What a console sends to the command as well, which decides what to do about it. */
const OF_A_CONSOLE: readonly NodeJS.Signals[] = ["SIGINT", "SIGBREAK", "SIGHUP"];

/** `agent exec --env VAR=NAME -- COMMAND...` on Windows: runs a command with secrets in its environment, and ends as it ends. */
export async function run(call: Call<ExecOptions>): Promise<void> {
  const requests = requestsOf(call.options);
  checkPossible(requests);
  const [command = "", ...args] = call.operands;
  const file = findProgram(command);
  const { programs } = await loadPlatform();
  if (programs === undefined) throw usage("agent exec is not there on this system");
  const environment = await environmentWith(call, requests);
  for (const signal of OF_A_CONSOLE) process.on(signal, () => undefined);
  const line = Buffer.from(`${commandLine([command, ...args])}\0`, "utf16le");
  const status = await programs.endOf(start(programs, file, line, environment));
  process.exitCode = status | 0; // Node takes 32 bits with a sign; what reads it sees the same bits
}

/** Descriptors and files without a name are Linux'. */
function checkPossible({ env, fd, file }: Requests): void {
  const option = fd.length > 0 ? "--fd" : "--file";
  if (fd.length + file.length > 0)
    throw usage(
      `${option} is for Linux: Windows hands over no numbered descriptors, and has no files that are memory alone`,
      "use --env, or let the command call agent get and read its output",
    );
  const names = env.map(({ variable }) => variable.toUpperCase());
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw usage(`${twice} is asked for twice`);
}

/** Every value is checked, and its copy wiped, before anything is started. */
async function environmentWith(call: Call<ExecOptions>, { env }: Requests): Promise<Buffer> {
  using secrets = await Secrets.fetch(
    call,
    env.map(({ name }) => name),
  );
  const variables = env.map(({ variable, name, attribute }) => {
    const bytes =
      attribute === undefined ? secrets.bytes(name) : Buffer.from(secrets.attribute(name, attribute));
    return { variable, name, bytes };
  });
  return environmentBlock(process.env, variables);
}

function start(programs: Programs, file: string, line: Buffer, environment: Buffer): number {
  try {
    return programs.start(file, line, environment);
  } catch (cause) {
    const { win32 } = cause as { win32?: number };
    if (win32 === undefined) throw cause;
    throw new Failure(NOT_EXECUTABLE, `the command could not be started (Windows error ${win32})`);
  } finally {
    wipe(environment);
  }
}
