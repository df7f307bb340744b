import { agentLocations, connect, SottoError } from "@sotto/client";
import type { Call } from "../call.ts";
import { askStatus, quickMs } from "../connection.ts";
import { examine } from "../doctor/examine.ts";
import type { Machine } from "../doctor/machine.ts";
import { quote } from "../doctor/quote.ts";
import { realMachine } from "../doctor/real-machine.ts";
import { isSound, reportDocument, reportLines, summary } from "../doctor/report.ts";
import type { AgentAnswer, Known } from "../doctor/situation.ts";
import { situationOf } from "../doctor/situation.ts";
import { EXIT } from "../failure/failure.ts";
import { manifest, programPaths } from "../installation.ts";
import { answerEither, note } from "../output/tell.ts";
import { isTerminal } from "../terminal/is-terminal.ts";

const STDOUT = 1;

/** `agent doctor`: looks at the machine, the home and the agent, and changes nothing. Exit 1 when a check fails. */
export async function run(call: Call): Promise<void> {
  const machine = realMachine();
  const places = placesOf(call, machine);
  const agent = await askAgent(places.socket);
  const known = { machine, ...places, agent, options: chosenOptions(call), ...manifest() };
  const checked = examine(situationOf({ ...known, program: programPaths() }));
  const shown = call.options.quiet === true ? checked.filter(({ result }) => result !== "ok") : checked;
  answerEither(call, reportDocument(checked), reportLines(shown, isColoured(call)));
  note(call, summary(checked));
  if (!isSound(checked)) process.exitCode = EXIT.failed;
}

type Places = Pick<Known, "home" | "socket" | "foreign">;

/** This user's own agent; where there is none of it and nothing was chosen, the machine's, which its jobs ask. */
function placesOf({ options: { home, socket } }: Call, machine: Machine): Places {
  const exists = (path: string): boolean => machine.lstat(path) !== "absent";
  const chosen = [home, socket, process.env["SOTTO_HOME"], process.env["SOTTO_SOCKET"]].some(Boolean);
  const own = locations(home, socket);
  if (chosen || exists(own.home) || (own.socket !== undefined && exists(own.socket)))
    return { ...own, foreign: false };
  const system = agentLocations({}, {}, 0);
  return exists(system.socket) ? { ...system, foreign: machine.uid !== 0 } : { ...own, foreign: false };
}

/** A path that is too long is a finding here, and no reason to stop. */
function locations(home: string | undefined, socket: string | undefined): Omit<Places, "foreign"> {
  try {
    return agentLocations({ home, socket });
  } catch (error) {
    if (!(error instanceof SottoError && error.reason === "path-length")) throw error;
    return { home: agentLocations({ home, socket: "/" }).home, socket: undefined };
  }
}

/** As they were given, so that a remedy can be pasted. */
const chosenOptions = ({ options: { home, socket } }: Call): string =>
  [
    ...(home === undefined ? [] : [` --home ${quote(home)}`]),
    ...(socket === undefined ? [] : [` --socket ${quote(socket)}`]),
  ].join("");

async function askAgent(socket: string | undefined): Promise<AgentAnswer> {
  if (socket === undefined) return { error: SottoError.because("path-length") };
  try {
    using client = await connect({ socket, timeoutMs: quickMs() });
    return { status: await askStatus(client) };
  } catch (error) {
    if (error instanceof SottoError) return { error };
    throw error;
  }
}

/** Colour on a terminal only (no-color.org). */
const isColoured = ({ options }: Call): boolean =>
  isTerminal(STDOUT) &&
  options.quiet !== true &&
  (process.env["NO_COLOR"] ?? "") === "" &&
  process.env["TERM"] !== "dumb";
