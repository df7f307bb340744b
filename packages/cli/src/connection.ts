import type { Client } from "@sotto/client";
import { agentLocations, connect, jobSockets, SottoError } from "@sotto/client";
import type { StatusReply } from "@sotto/client/protocol";
import type { Call } from "./call.ts";

/** The socket to connect to; undefined lets the client look at the places where a job looks. */
export function socketOf(call: Call): string | undefined {
  const { home, socket } = call.options;
  if (!call.job) return agentLocations({ home, socket }).socket;
  if (home === undefined && socket === undefined) return undefined;
  return jobSockets({ home, socket })[0];
}

/** Where this call looks for an agent, in words; empty when that cannot be said. */
export function placesOf(call: Call): string {
  try {
    const { home, socket } = call.options;
    return (call.job ? jobSockets({ home, socket }) : [agentLocations({ home, socket }).socket]).join(" or ");
  } catch {
    return "";
  }
}

/** From the start of this process until an agent that hangs is reported: 3 s, with some room for a slow machine. */
export const LONGEST_SILENCE_MS = 2_600;
const AFTER_A_PAUSE_MS = 2_500;
const TOO_LITTLE_MS = 600;

/**
 * How long a quick answer may take: what is left of the first seconds, or as much again after somebody typed.
 * To ask `performance` would load a module that takes a job longer than its fetch.
 */
export function quickMs(): number {
  const left = LONGEST_SILENCE_MS - process.uptime() * 1000;
  return left > TOO_LITTLE_MS ? left : AFTER_A_PAUSE_MS;
}

/** Connects, runs `work`, and closes the connection on every way out. */
export async function withAgent<T>(call: Call, work: (client: Client) => Promise<T>): Promise<T> {
  const client = await connect({ socket: socketOf(call), timeoutMs: quickMs() });
  try {
    return await work(client);
  } finally {
    client.close();
  }
}

/** Asks for the state: quick, and for everyone. What takes long or makes someone type comes after it. */
export async function askStatus(client: Client): Promise<StatusReply> {
  return (await client.request("status", {}, { timeoutMs: quickMs() })).fields;
}

/** The agent tells administrators more than others; this key is always among it. */
export const isAdministrator = (status: StatusReply): boolean => status.audit !== undefined;

/** Fails as the agent would unless it is unlocked, before anybody types something in vain. */
export async function checkUnlocked(call: Call): Promise<void> {
  const { state } = await withAgent(call, askStatus);
  if (state !== "unlocked") throw new SottoError(state);
}

/**
 * Before somebody types what only an administrator may send: fails as the agent would. What comes from a descriptor
 * is sent in any case, so that the agent refuses it, and puts that on record.
 */
export async function checkAdministrator(call: Call): Promise<StatusReply> {
  const status = await withAgent(call, askStatus);
  if (call.options.passphraseFd === undefined && !isAdministrator(status)) throw new SottoError("denied");
  return status;
}

/** As `checkAdministrator`, for what needs an open vault. */
export async function checkUnlockedAdministrator(call: Call): Promise<void> {
  const { state } = await checkAdministrator(call);
  if (state !== "unlocked") throw new SottoError(state);
}
