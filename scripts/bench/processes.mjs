/** The servers that are measured: each a process of its own on a Unix socket, ended by its id. */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { connect } from "@sotto/client";

export const CLI = fileURLToPath(new URL("../../packages/cli/bin/agent.js", import.meta.url));
/** As tsc made it, a file for each of the sources: in the bundle that `agent start` runs nothing could be left out. */
const AGENT = fileURLToPath(new URL("../../packages/agent/dist/main.js", import.meta.url));
const LAUNCHER = new URL("../../packages/cli/dist/launcher/arguments.js", import.meta.url).href;
const ECHO = fileURLToPath(new URL("echo-server.mjs", import.meta.url));
export const PASSPHRASE = "correct horse battery";

/** A bare echo on `path`. */
export async function startEcho(path) {
  const child = spawn(process.execPath, [ECHO, path], { stdio: ["ignore", "pipe", "inherit"], env: {} });
  await once(child.stdout, "data");
  return { end: () => child.kill() };
}

/**
 * An agent on `home` with the flags that the command line gives it. A child of this process, in its session, like the
 * others: the kernel shares a busy machine out between sessions.
 */
export async function startAgent(home, socket = socketIn(home)) {
  const { agentArguments } = await import(LAUNCHER);
  const args = agentArguments({ home, socket }, { foreground: true });
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "ignore"], env: {} });
  await once(child.stdout, "data");
  return { pid: child.pid, end: () => runAgent(home, ["stop"], { socket }) };
}

/** A connection that may stay idle for a while: an agent soon closes one on which nothing was ever asked. */
export async function openClient(home) {
  const client = await connect({ socket: socketIn(home) });
  await client.request("status", {});
  return client;
}

const socketIn = (home) => `${home}/agent.sock`;

/**
 * An agent without its hardening, with a module of ours loaded before it: only so can a part of it be left out and its
 * cost be measured.
 */
export async function startOpenAgent(home, module, flags = []) {
  const args = [
    ...flags,
    "--import",
    module,
    AGENT,
    "--home",
    home,
    "--socket",
    `${home}/agent.sock`,
    "--unhardened",
  ];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"], env: {} });
  const ended = once(child, "exit");
  await once(child.stdout, "data");
  return { pid: child.pid, ended, end: () => runAgent(home, ["stop"]) };
}

/** Throws unless fetches are in the audit, or are not. */
export function checkAudited(home, expected) {
  if (readFileSync(`${home}/audit.jsonl`, "utf8").includes('"verb":"get"') !== expected)
    throw new Error(expected ? "the audit was left out" : "the audit was not left out");
}

/** Runs `agent ARGS`; with `passphrase`, given on its standard input as descriptor 0. */
export async function runAgent(home, args, { passphrase, accept = [0], socket = socketIn(home) } = {}) {
  const env = { PATH: process.env.PATH, SOTTO_HOME: home, SOTTO_SOCKET: socket };
  const running = promisify(execFile)(
    process.execPath,
    [CLI, ...args, ...(passphrase ? ["--passphrase-fd", "0"] : [])],
    { env },
  );
  running.child.stdin.end(passphrase ?? "");
  return running.catch((error) => {
    if (accept.includes(error.code)) return error;
    throw error;
  });
}
