import { spawnSync } from "node:child_process";

export interface RunOptions {
  readonly input?: string;
  readonly cwd?: string;
}

export interface Outcome {
  /** null when a signal ended it. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** As root has it after a login. */
export const ENVIRONMENT = {
  PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  HOME: "/root",
  LANG: "C.UTF-8",
};

/** Runs a program to its end, in the environment of root. */
export function attempt(program: string, args: readonly string[], options: RunOptions = {}): Outcome {
  const done = spawnSync(program, args, { ...options, env: ENVIRONMENT, encoding: "utf8" });
  if (done.error) throw done.error;
  return done;
}

/** Runs a program that must succeed, and returns what it wrote. */
export function must(program: string, args: readonly string[], options: RunOptions = {}): string {
  const { status, stdout, stderr } = attempt(program, args, options);
  if (status !== 0)
    throw new Error(`${program} ${args.join(" ")} exited ${String(status)}: ${stdout}${stderr}`);
  return stdout;
}
