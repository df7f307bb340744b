import { spawn } from "node:child_process";

export interface RunOptions {
  /** Bytes for standard input; without them it is closed at once. */
  readonly input?: string | Buffer;
  /** Given on descriptor 3, with `--passphrase-fd 3` added to the arguments. */
  readonly passphrase?: string | Buffer;
  readonly env?: Readonly<Record<string, string>>;
  /** Run as this user and group without supplementary groups; needs root. */
  readonly uid?: number;
  readonly cwd?: string;
  /** Milliseconds after which the command is killed. */
  readonly timeoutMs?: number;
}

export interface Result {
  /** null when a signal ended it. */
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

const PATIENCE_MS = 60_000;

/** Runs a command to its end, without a terminal, in an environment of exactly `env`. */
export function runCommand(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Result> {
  const withPassphrase = options.passphrase !== undefined;
  const child = spawn(command, withPassphrase ? [...args, "--passphrase-fd", "3"] : args, {
    stdio: ["pipe", "pipe", "pipe", ...(withPassphrase ? (["pipe"] as const) : [])],
    env: options.env ?? {},
    cwd: options.cwd ?? "/",
    timeout: options.timeoutMs ?? PATIENCE_MS,
    killSignal: "SIGKILL",
    ...(options.uid !== undefined && { uid: options.uid, gid: options.uid }),
  });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on("data", (part: Buffer) => out.push(part));
  child.stderr.on("data", (part: Buffer) => err.push(part));
  feed(child.stdin, options.input);
  feed(child.stdio[3] as NodeJS.WritableStream | undefined, options.passphrase);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (status, signal) =>
      resolve({ status, signal, stdout: Buffer.concat(out), stderr: Buffer.concat(err).toString() }),
    );
  });
}

/** A command may end before it has read everything: that is its right. */
function feed(stream: NodeJS.WritableStream | null | undefined, bytes: string | Buffer | undefined): void {
  stream?.on("error", () => undefined);
  if (bytes === undefined) stream?.end();
  else stream?.end(bytes);
}
