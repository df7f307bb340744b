import { wipe } from "@sotto/client";
import { MAX_PASSPHRASE_BYTES } from "@sotto/client/protocol";
import type { Call } from "../call.ts";
import { EXIT, Failure, usage } from "../failure/failure.ts";
import { openTerminal } from "../terminal/terminal.ts";
import { readPassphrase } from "./descriptor.ts";
import { askTwice } from "./twice.ts";

export const SHORTEST_PASSPHRASE = 12;

/** The options that commands with a new passphrase share. */
export interface NewPassphraseOptions {
  readonly newPassphraseFd?: number;
  readonly weakPassphrase?: boolean;
}

/**
 * The passphrase, or recovery code, that proves an administrator: from `--passphrase-fd`, else from the terminal.
 * Fails with exit 7 at once where there is neither. The caller wipes the result.
 */
export async function currentPassphrase(call: Call, prompt = "Passphrase"): Promise<Buffer> {
  const fd = call.options.passphraseFd;
  if (fd !== undefined) return readPassphrase(fd, "--passphrase-fd");
  const typed = await needTerminal("a passphrase is needed", "--passphrase-fd").ask(
    `${prompt}: `,
    MAX_PASSPHRASE_BYTES,
  );
  if (typed.length === 0) throw new Failure(EXIT.passphrase, "nothing was typed");
  return typed;
}

/** A new passphrase: from a descriptor, else typed twice. Judged before it is used. The caller wipes the result. */
export async function newPassphrase(fd: number | undefined, source: string, weak: boolean): Promise<Buffer> {
  const chosen =
    fd !== undefined
      ? readPassphrase(fd, source)
      : await askTwice(
          needTerminal("a new passphrase is needed", source),
          "New passphrase",
          MAX_PASSPHRASE_BYTES,
        );
  const problem = passphraseProblem(chosen, weak);
  if (problem === undefined) return chosen;
  wipe(chosen);
  throw problem;
}

/** Why a passphrase is refused; undefined when it is good enough. */
export function passphraseProblem(passphrase: Uint8Array, weak: boolean): Failure | undefined {
  if (passphrase.length === 0) return usage("an empty passphrase is refused");
  if (weak || codePoints(passphrase) >= SHORTEST_PASSPHRASE) return undefined;
  return usage(
    `the passphrase is shorter than ${SHORTEST_PASSPHRASE} characters`,
    "choose a longer one, such as five random words; --weak-passphrase accepts it all the same",
  );
}

/** Characters of UTF-8: every byte but the continuations starts one. */
export function codePoints(bytes: Uint8Array): number {
  let count = 0;
  for (const byte of bytes) if ((byte & 0xc0) !== 0x80) count++;
  return count;
}

function needTerminal(what: string, option: string): NonNullable<ReturnType<typeof openTerminal>> {
  const terminal = openTerminal();
  if (terminal !== undefined) return terminal;
  throw new Failure(
    EXIT.passphrase,
    `${what}, and there is no terminal to type it on`,
    `give it on a file descriptor: ${option} N`,
  );
}
