import type { Secret } from "@sotto/client";
import { getSecret, wipe } from "@sotto/client";
import type { Call } from "./call.ts";
import { quickMs, socketOf } from "./connection.ts";
import { tokenOf } from "./input/token.ts";

export interface GetOptions {
  readonly attr?: string;
  /** Milliseconds. */
  readonly wait?: number;
  readonly tokenFile?: string;
  readonly admin?: boolean;
}

/** Fetches a secret as a job does. */
export async function fetch(call: Call<GetOptions>, name: string): Promise<Secret> {
  const token = tokenOf(call);
  try {
    const { wait: waitMs } = call.options;
    return await getSecret(name, { socket: socketOf(call), timeoutMs: quickMs(), waitMs, token });
  } finally {
    if (token !== undefined) wipe(token);
  }
}
