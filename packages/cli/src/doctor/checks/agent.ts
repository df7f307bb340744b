import { join } from "node:path";
import type { SottoError } from "@sotto/client";
import type { StatusReply } from "@sotto/client/protocol";
import { printable } from "@sotto/client/protocol";
import { span } from "../../output/time.ts";
import { allAgents } from "../agent-process.ts";
import { agentCommand, restart, start, startAndOpen } from "../commands.ts";
import type { Check, Finding, Verdict } from "../check.ts";
import { fail, ok, warn } from "../check.ts";
import { weakness } from "../path-trust.ts";
import { quote } from "../quote.ts";
import type { Situation } from "../situation.ts";

function socket(situation: Situation): Verdict {
  const { agent, socket: path } = situation;
  if (path === undefined)
    return fail(
      "its path is longer than 100 bytes, and would be cut off",
      "agent start --socket SHORTER_PATH, such as /run/sotto/agent.sock",
    );
  const shown = quote(path);
  const { error } = agent;
  if (error?.code === "untrusted") return untrusted(situation, path, error);
  if (error?.reason === "not-a-socket")
    return fail(
      `${shown} is there and is no socket: no agent can start`,
      `mv ${shown} ${quote(`${path}.old`)}`,
    );
  if (error?.reason === "stale")
    return warn(
      `${shown} was left by an agent that has ended`,
      `${start(situation)} (it replaces the socket)`,
    );
  if (error?.reason === "forbidden")
    return fail(
      `${shown} may not be opened by this user`,
      "run it as the agent's user, or name another with --socket",
    );
  if (error?.reason === "absent") return ok(`none at ${shown}`);
  return ok(`${shown}: nobody else can have put it there`);
}

/** The client has judged; here only what to do about it. */
function untrusted(situation: Situation, path: string, error: SottoError): Finding {
  const { machine, owner } = situation;
  const weak = weakness(machine, path, (uid) => uid === 0 || uid === owner);
  if (weak !== undefined) return fail(`${weak.found}: commands and jobs refuse this socket`, weak.remedy);
  if (machine.uid === 0)
    return ok(`${quote(path)} belongs to ${machine.who(owner)}, whose jobs alone trust it`);
  const cause = error.cause instanceof Error ? printable(error.cause.message) : quote(path);
  return fail(
    `${cause}: commands and jobs refuse this socket`,
    `ls -ld ${quote(path)}; rm ${quote(path)}; ${start(situation)}`,
  );
}

function agent(situation: Situation): Verdict {
  const { agent: answer, socket: path } = situation;
  if (answer.status !== undefined) return ofState(situation, answer.status);
  const { code, reason } = answer.error;
  if (path === undefined || reason === "not-a-socket" || reason === "forbidden") return undefined;
  if (code === "untrusted") return unasked(situation);
  if (reason === "absent" || reason === "stale")
    return warn("no agent runs: jobs get nothing", startAndOpen(situation));
  return fail(
    `it does not answer (${answer.error.message}): jobs get nothing`,
    `tail ${quote(join(situation.home, "agent.log"))}; ${end(situation)}; ${startAndOpen(situation)}`,
  );
}

/** One that hangs does not obey `agent stop`. */
function end({ machine, socket: path }: Situation): string {
  const hung = allAgents(machine).find((one) => one.socket === path);
  return hung === undefined ? "end its process" : `kill -9 ${hung.pid}`;
}

function ofState(situation: Situation, { state, uptimeSeconds, pid }: StatusReply): Finding {
  if (state === "unlocked") return ok(`unlocked, up for ${span(uptimeSeconds)}`);
  if (state === "locked")
    return warn(`process ${pid} is locked: jobs get nothing`, agentCommand(situation, "unlock"));
  return warn(`process ${pid} has no vault yet`, agentCommand(situation, "init"));
}

function unasked({ process, machine, owner }: Situation): Verdict {
  if (process === undefined) return undefined;
  return ok(`process ${process.pid} runs as ${machine.who(owner)}; it is asked by that user alone`);
}

function visible({ agent: { status }, process }: Situation): Verdict {
  if (status === undefined || process !== undefined) return undefined;
  return warn(
    `process ${status.pid}, which answers, cannot be seen as an agent: another container, or /proc with hidepid`,
    "run agent doctor as root in the container of the agent",
  );
}

function sameVersion(situation: Situation): Verdict {
  const {
    agent: { status },
    version,
  } = situation;
  if (status === undefined) return undefined;
  if (status.version === version) return ok(`agent and command are both ${version}`);
  return warn(
    `the agent is ${printable(status.version)}, this command ${version}: one was not restarted`,
    restart(situation),
  );
}

function durability(situation: Situation): Verdict {
  const {
    agent: { status },
  } = situation;
  if (status?.durability === undefined) return undefined;
  if (status.durability === "known") return ok("the last save is on the disk");
  return warn(
    "the folder could not be synced after a save: a power cut may bring back the version before",
    `look after the disk: dmesg | tail; then save again: ${agentCommand(situation, "passwd")}`,
  );
}

function sameHome({ process, home, socket: path }: Situation): Verdict {
  if (process?.home === undefined) return undefined;
  if (process.home === home) return ok("the agent that answers has this home");
  return warn(
    `the agent that answers has another home: ${quote(process.home)}; what is said here of files is not about it`,
    `agent doctor --home ${quote(process.home)} --socket ${quote(path ?? "")}`,
  );
}

function alone({ machine, process }: Situation): Verdict {
  if (process === undefined) return undefined;
  const other = allAgents(machine).find(
    ({ pid, home, socket: path }) =>
      pid !== process.pid && (home === process.home || path === process.socket),
  );
  if (other === undefined) return ok("no other agent for this home or socket");
  return warn(
    `process ${other.pid} was started for the same home or socket as well: jobs may reach the wrong one`,
    `ps -fp ${process.pid},${other.pid}; then: kill ${other.pid}`,
  );
}

/** The agent as it answers. */
export const AGENT_CHECKS: readonly Check[] = [
  { name: "socket", judge: socket },
  { name: "agent", judge: agent },
  { name: "agent-visible", judge: visible },
  { name: "agent-version", judge: sameVersion },
  { name: "agent-home", judge: sameHome },
  { name: "agent-alone", judge: alone },
  { name: "agent-durability", judge: durability },
];
