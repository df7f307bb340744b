import { commandEntry } from "../installation.ts";

/** The name that the service manager of Windows has for the machine's agent. */
export const SERVICE = "Sotto";

/** One call of a program of Windows, as the words of its command line. */
export type Step = readonly string[];

const DAY_S = 86_400;
/** Milliseconds before each start anew, and what is done then. */
const ANEW = "restart/1000/restart/5000/restart/60000";

/** What the service manager starts. */
const serviceWords = (): string[] => [process.execPath, ...commandEntry(), "service", "run"];

/** The service as it is made: by the system, at each start of the machine, and anew when it dies. */
export const installSteps = (words: readonly string[] = serviceWords()): Step[] => [
  [
    ...["sc.exe", "create", SERVICE],
    ...["binPath=", words.map(quoted).join(" ")],
    ...["start=", "auto", "obj=", "LocalSystem", "DisplayName=", "Sotto secrets agent"],
  ],
  ["sc.exe", "description", SERVICE, "Keeps the credentials of unattended jobs in memory."],
  ["sc.exe", "failure", SERVICE, "reset=", String(DAY_S), "actions=", ANEW],
];

export const stopStep: Step = ["sc.exe", "stop", SERVICE];
export const deleteStep: Step = ["sc.exe", "delete", SERVICE];
export const queryStep: Step = ["sc.exe", "query", SERVICE];

/** In quotes, whatever it holds: a path with a space and without them may start another program. */
const quoted = (word: string): string => `"${word}"`;

/** A step as somebody could type it. */
export const typed = (step: Step): string =>
  step.map((word) => (/^[\w.=/-]+$/.test(word) ? word : `"${word.replaceAll('"', '\\"')}"`)).join(" ");
