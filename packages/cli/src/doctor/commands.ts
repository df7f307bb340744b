import type { Situation } from "./situation.ts";

/** A command of ours as it has to be typed to reach the agent that is looked at. */
export const agentCommand = ({ options }: Pick<Situation, "options">, verb: string): string =>
  `agent ${verb}${options}`;

/** Ends the agent and starts it anew. What it had in memory must then be unlocked again. */
export const restart = (situation: Pick<Situation, "options">): string =>
  ["stop", "start", "unlock"].map((verb) => agentCommand(situation, verb)).join("; ");
