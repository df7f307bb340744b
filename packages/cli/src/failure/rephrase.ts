import type { ErrorCode, LocalErrorCode } from "@sotto/client/protocol";
import { SottoError } from "@sotto/client";
import { Failure } from "./failure.ts";

/** Texts and hints that say it better than the general ones, because the command is known. */
export type Texts = Partial<Record<ErrorCode | LocalErrorCode, readonly [text: string, hint?: string]>>;

/** Runs `work`; an answer that has a text in `texts` fails with that one, and with the same exit status. */
export async function rephrase<T>(texts: Texts, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const better = error instanceof SottoError ? texts[error.code] : undefined;
    if (better === undefined) throw error;
    throw new Failure((error as SottoError).exit, ...better);
  }
}

/** `denied` in the answer to something that only administrators may do. */
export const ADMINISTRATORS_ONLY: Texts = {
  denied: [
    "denied: only an administrator may do this",
    "administrators are root, the user that runs the agent, and the members of its --admin-group",
  ],
};

/** For commands on one secret by an administrator. */
export const ONE_SECRET: Texts = {
  ...ADMINISTRATORS_ONLY,
  "not-found": ["no such secret", "agent list --all shows what there is"],
};
