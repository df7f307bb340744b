import type { Secret } from "@sotto/client";
import { SottoError } from "@sotto/client";
import type { Call } from "../call.ts";
import type { GetOptions } from "../fetch.ts";
import { fetch } from "../fetch.ts";

/** As a job; undefined where there is no such secret for this process. The caller disposes of it. */
export async function fetchIfAllowed(call: Call<GetOptions>, name: string): Promise<Secret | undefined> {
  try {
    return await fetch(call, name);
  } catch (error) {
    if (isRefusal(error)) return undefined;
    throw error;
  }
}

/** Not there, or not for this process: to whoever asks a helper it is the same. */
export const isRefusal = (error: unknown): boolean =>
  error instanceof SottoError && (error.code === "denied" || error.code === "not-found");
