import { runCommand } from "./command.ts";
import type { Installation } from "./installation.ts";
import { frame } from "./raw-connection.ts";

/** A client of a few lines: sends what it is told and prints all that comes back, as hexadecimal digits. */
const CLIENT = `
const [, socket, request] = process.argv;
const connection = require("node:net").connect(socket);
connection.on("error", (error) => console.error(error.code));
connection.on("data", (part) => process.stdout.write(part.toString("hex")));
connection.end(Buffer.from(request, "hex"));
`;

export interface Heard {
  /** Every byte that the agent sent. */
  readonly bytes: Buffer;
  /** The value; empty when there was none. */
  readonly payload: Buffer;
  /** Codes of errors of the system that the client met. */
  readonly errors: string;
}

/**
 * Fetches a secret from a process of its own, which `become` starts: a command such as setpriv(1) with its arguments,
 * before those of the process itself.
 */
export async function fetchAs(
  installed: Installation,
  become: readonly string[],
  socket: string,
  name: string,
): Promise<Heard> {
  const request = frame({ v: 1, id: 1, verb: "get", name }).toString("hex");
  const [command, ...args] = [...become, installed.node, "-e", CLIENT, socket, request] as unknown as [
    string,
    ...string[],
  ];
  const env = { PATH: process.env["PATH"] ?? "" };
  const { status, stdout, stderr } = await runCommand(command, args, { env });
  if (status !== 0) throw new Error(`${command} exited ${String(status)}: ${stderr}`);
  const bytes = Buffer.from(stdout.toString(), "hex");
  const start = bytes.length === 0 ? 0 : 8 + bytes.readUInt32BE(0);
  return { bytes, payload: bytes.subarray(start), errors: stderr };
}

/** The start of a command that runs another as this user and group, without supplementary groups unless given. */
export function setpriv(uid: number, gid = uid, groups: readonly number[] = []): string[] {
  const supplementary = groups.length === 0 ? ["--clear-groups"] : ["--groups", groups.join(",")];
  return ["setpriv", "--reuid", String(uid), "--regid", String(gid), ...supplementary, "--"];
}
