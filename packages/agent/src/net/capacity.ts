import { MAX_CONNECTIONS, MAX_WAITING_CONNECTIONS } from "@sotto/client/protocol";
import { StartError } from "../start-error.ts";

/** What the agent itself has open (about 25), a save, the hash of a program, and some room. */
const OWN_DESCRIPTORS = 48;
/** The socket, the handle of the process behind it, and for a moment what is looked up of that process. */
const PER_CONNECTION = 3;
/** Of one that waits to be served: its socket and the handle of its process. */
const PER_WAITING = 2;
/** With fewer, jobs that wait for the unlock could keep out who unlocks. */
const FEWEST = 4;

/**
 * How many connections a process with that limit of open files (RLIMIT_NOFILE) can hold, so that it never meets the
 * limit: an agent that has none left could neither save nor say that it is busy. Throws a `StartError` where it is too low.
 */
export function connectionsWithin(descriptorLimit: number): number {
  const room = Math.floor((descriptorLimit - OWN_DESCRIPTORS) / PER_CONNECTION);
  if (room < FEWEST) {
    throw new StartError(
      2,
      `it may open too few files here: ${descriptorLimit}`,
      "raise the limit: ulimit -n, or LimitNOFILE= in the unit",
    );
  }
  return Math.min(room, MAX_CONNECTIONS);
}

/** How many more may wait there to be served; where descriptors are scarce, none. */
export function waitingWithin(descriptorLimit: number): number {
  const left = descriptorLimit - OWN_DESCRIPTORS - PER_CONNECTION * connectionsWithin(descriptorLimit);
  return Math.min(Math.floor(left / PER_WAITING), MAX_WAITING_CONNECTIONS);
}
