import { SottoError } from "@sotto/client";
import { printable } from "@sotto/client/protocol";
import { EXIT, Failure } from "./failure.ts";
import { ruleRefusal } from "./rule-reasons.ts";
import { vaultDamage } from "./vault-reasons.ts";

/** A failure in the form in which it is told. */
export interface Report {
  readonly exit: number;
  readonly text: string;
  readonly hint?: string | undefined;
}

/** What to tell about anything that was thrown. Errors that are not ours may quote anything, so only their kind is told. */
export function describe(error: unknown): Report {
  if (error instanceof Failure) return { exit: error.exit, text: error.message, hint: error.hint };
  if (error instanceof SottoError) return describeSotto(error);
  if (isSystemError(error)) return { exit: EXIT.failed, text: printable(error.message) };
  const kind = error instanceof Error ? error.name : typeof error;
  return {
    exit: EXIT.failed,
    text: `unexpected failure (${printable(kind)})`,
    hint: "this is a fault of Sotto: please report it with the command that showed it",
  };
}

function describeSotto(error: SottoError): Report {
  const hint = retryHint(error) ?? error.hint;
  return { exit: error.exit, text: `${error.message}${pathAtFault(error)}`, hint, ...reasonOf(error) };
}

/** What an agent tells administrators beside the code. */
function reasonOf({ code, details }: SottoError): { text: string; hint: string } | undefined {
  if (code === "vault-damaged") return vaultDamage(details);
  return code === "bad-request" ? ruleRefusal(details) : undefined;
}

/** The client puts the path that makes a socket untrustworthy into the cause: it is the user's own, and to be put right. */
function pathAtFault(error: SottoError): string {
  if (error.code !== "untrusted" || !(error.cause instanceof Error)) return "";
  return `: ${printable(error.cause.message)}`;
}

function retryHint(error: SottoError): string | undefined {
  const wait = error.details.retryAfterMs;
  return wait === undefined ? undefined : `try again in ${Math.max(1, Math.ceil(wait / 1000))} s`;
}

/** Messages of failed system calls name the call and the path, nothing else. */
const isSystemError = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && typeof (error as NodeJS.ErrnoException).syscall === "string";
