/**
 * A plain `agent get NAME`, as jobs call it. With what it imports this becomes the one file dist/job.cjs (scripts/bundle),
 * which bin/agent.js loads for `get`: to find, link and compile more takes Node longer than the whole fetch.
 */
import { quickGet } from "@sotto/client/quick";
import type { Fetched } from "@sotto/client/quick";
import { wipe } from "@sotto/client";
import type { Call } from "./call.ts";
import { quickMs, socketOf } from "./connection.ts";
import { refuseSecretsInEnvironment } from "./environment.ts";
import { Failure } from "./failure/failure.ts";
import type { GetOptions } from "./fetch.ts";
import { tokenOf } from "./input/token.ts";
import type { Trouble } from "./job-trouble.ts";
import { answerValue } from "./output/secret.ts";
import { nameOperand } from "./parse/operands.ts";
import { readPlainGet } from "./plain-get.ts";

/** What is not in the one file, and is loaded when it is needed. */
export interface Rest {
  /** Runs the whole command line, for what is no plain `get` or cannot even begin: it says why. */
  whole(): void;
  /** Tells what went wrong after the agent was asked, and ends the process. */
  trouble(call: Call<GetOptions>, trouble: Trouble): void;
}

/** Does what `args` ask for, and ends the process; or leaves it to the rest when nothing has been asked of an agent. */
export function runJob(args: readonly string[], rest: Rest): void {
  try {
    const call = readPlainGet(args);
    if (call === undefined) rest.whole();
    else fetch(call, rest);
  } catch {
    rest.whole();
  }
}

function fetch(call: Call<GetOptions>, rest: Rest): void {
  refuseSecretsInEnvironment();
  const name = nameOperand(call);
  const token = tokenOf(call);
  const over = (): void => {
    process.off("uncaughtException", unexpected);
    if (token !== undefined) wipe(token);
  };
  const unexpected = (error: unknown): void => {
    over();
    rest.trouble(call, { error });
  };
  process.on("uncaughtException", unexpected);
  try {
    quickGet(name, {
      socket: socketOf(call),
      timeoutMs: quickMs(),
      token,
      got: (secret) => {
        over();
        answer(call, secret, rest);
      },
      failed: (shortfall) => {
        over();
        if (shortfall === "not-sent") rest.whole();
        else rest.trouble(call, { shortfall });
      },
    });
  } catch (error) {
    over();
    throw error;
  }
}

function answer(call: Call<GetOptions>, secret: Fetched, rest: Rest): void {
  try {
    answerValue(call, secret);
  } catch (error) {
    wipe(secret.bytes);
    return rest.trouble(call, error instanceof Failure ? { failure: error } : { error });
  }
  wipe(secret.bytes);
  process.exit();
}
