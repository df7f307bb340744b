/** The servers that are measured: each a process of its own on a Unix socket, ended by its id. */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const CLI = fileURLToPath(new URL("../../packages/cli/bin/agent.js", import.meta.url));
const AGENT = fileURLToPath(new URL("../../packages/agent/dist/main.js", import.meta.url));
const ECHO = fileURLToPath(new URL("echo-server.mjs", import.meta.url));
export const PASSPHRASE = "correct horse battery";

/** A bare echo on `path`. */
export async function startEcho(path) {
  const child = spawn(process.execPath, [ECHO, path], { stdio: ["ignore", "pipe", "inherit"], env: {} });
  await once(child.stdout, "data");
  return { end: () => child.kill() };
}

/** An agent on `home`, started by the command line. */
export async function startAgent(home, socket = socketIn(home)) {
  await runAgent(home, ["start"], { socket });
  const { stdout } = await runAgent(home, ["status", "--json"], { accept: [0, 3], socket });
  return { pid: JSON.parse(stdout).pid, end: () => runAgent(home, ["stop"], { socket }) };
}

const socketIn = (home) => `${home}/agent.sock`;

/**
 * An agent without its hardening, with a module of ours loaded before it: only so can a part of it be left out and its
 * cost be measured.
 */
export async function startOpenAgent(home, module) {
  const args = ["--import", module, AGENT, "--home", home, "--socket", `${home}/agent.sock`, "--unhardened"];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"], env: {} });
  await once(child.stdout, "data");
  return { pid: child.pid, end: () => runAgent(home, ["stop"]) };
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
