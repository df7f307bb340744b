import { join } from "node:path";
import { quote } from "./quote.ts";
import type { Situation } from "./situation.ts";
import { readUnit, UNIT } from "./unit-file.ts";

/** A command of ours as it has to be typed to reach the agent that is looked at. */
export function agentCommand({ machine, owner, agent, options }: Situation, verb: string): string {
  const command = `agent ${verb}${options}`;
  const foreign = machine.uid === 0 && owner !== 0 && agent.status === undefined;
  return foreign ? `runuser -u ${quote(machine.userName(owner) ?? "USER")} -- ${command}` : command;
}

/** Starts the agent, which a unit may be there for. */
export const start = (situation: Situation): string =>
  isOfUnit(situation) ? `systemctl start ${UNIT}` : agentCommand(situation, "start");

/** Starts the agent and lets jobs get something from it. */
export function startAndOpen(situation: Situation): string {
  const hasVault = situation.machine.lstat(join(situation.home, "vault")) !== "absent";
  return `${start(situation)}; ${agentCommand(situation, hasVault ? "unlock" : "init")}`;
}

/** Ends the agent and starts it anew. What it had in memory must then be unlocked again. */
export const restart = (situation: Situation): string =>
  isOfUnit(situation)
    ? `systemctl restart ${UNIT}; ${agentCommand(situation, "unlock")}`
    : ["stop", "start", "unlock"].map((verb) => agentCommand(situation, verb)).join("; ");

const isOfUnit = ({ machine, foreign, options }: Situation): boolean =>
  options === "" && (machine.uid === 0 || foreign) && readUnit(machine) !== undefined;
