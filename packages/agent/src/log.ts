import { pino } from "pino";

/** The operational log: what the agent met and did, for whoever runs it. Never a secret, and never the audit. */
export type Log = ReturnType<typeof createLog>;

/** JSON lines to a file of mode 0600, or to stderr where `file` is undefined. Synchronous: nothing is lost at exit. */
export function createLog(file: string | undefined) {
  const destination = pino.destination({ dest: file ?? 2, mode: 0o600, sync: true });
  return pino(
    { name: "sotto-agent", base: { pid: process.pid }, serializers: { err: describeError } },
    destination,
  );
}

/** Class, code and text of an error and of its causes. Not its other properties: they could hold what it was about. */
function describeError(error: unknown): object {
  if (!(error instanceof Error)) return { type: typeof error };
  const { code } = error as NodeJS.ErrnoException;
  return {
    type: error.name,
    message: error.message,
    ...(typeof code === "string" && { code }),
    ...(error.cause !== undefined && { cause: describeError(error.cause) }),
    stack: error.stack,
  };
}
