import { isAbsolute } from "node:path";
import { parseArgs } from "node:util";
import type { Config } from "./config.ts";
import { StartError } from "./start-error.ts";

/** How the agent was started. `agent start` and the unit file pass these on the command line of this process. */
export interface Options {
  readonly home: string;
  readonly socket: string;
  /** Where to answer `LoadCredential=` of systemd units; undefined for nowhere. */
  readonly credentialSocket: string | undefined;
  /** Stay in the foreground and log to stderr. */
  readonly foreground: boolean;
  /** For debugging the agent itself: it runs where others could look into it. */
  readonly unhardened: boolean;
  /** What stands above `config.json`. */
  readonly overrides: Partial<Config>;
}

/** Parses the arguments of the process. Throws a `StartError`. */
export function parseOptions(args: string[]): Options {
  const { values } = parse(args);
  const { home, socket, "credential-socket": credentialSocket } = values;
  if (home === undefined || socket === undefined || !isAbsolute(home) || !isAbsolute(socket)) {
    throw new StartError(2, "it needs the absolute paths --home and --socket", "start it with: agent start");
  }
  if (credentialSocket !== undefined && (!isAbsolute(credentialSocket) || credentialSocket === socket))
    throw new StartError(2, "--credential-socket takes an absolute path of its own");
  return {
    home,
    socket,
    credentialSocket,
    foreground: values.foreground,
    unhardened: values.unhardened,
    overrides: overridesOf(values),
  };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        home: { type: "string" },
        socket: { type: "string" },
        "credential-socket": { type: "string" },
        foreground: { type: "boolean", default: false },
        unhardened: { type: "boolean", default: false },
        "lock-after-ms": { type: "string" },
        "ticket-ms": { type: "string" },
        "admin-group": { type: "string" },
        "require-locked-memory": { type: "boolean", default: false },
      },
    });
  } catch {
    throw new StartError(
      2,
      "it was started with options that it does not know",
      "start it with: agent start",
    );
  }
}

function overridesOf(values: ReturnType<typeof parse>["values"]): Partial<Config> {
  const lockAfterMs = wholeNumber(values["lock-after-ms"]);
  const ticketMs = wholeNumber(values["ticket-ms"]);
  const adminGid = wholeNumber(values["admin-group"]);
  return {
    ...(lockAfterMs !== undefined && { lockAfterMs }),
    ...(ticketMs !== undefined && { ticketMs }),
    ...(adminGid !== undefined && { adminGid }),
    ...(values["require-locked-memory"] && { requireLockedMemory: true }),
  };
}

function wholeNumber(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^[0-9]{1,15}$/.test(text))
    throw new StartError(2, "an option that takes a number was given something else");
  return Number(text);
}
