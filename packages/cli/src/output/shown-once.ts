import { wipe } from "@sotto/client";
import type { Call } from "../call.ts";
import { jsonString } from "./json-bytes.ts";
import { note } from "./tell.ts";
import { answerBytes } from "./write.ts";

/** A secret that leaves the agent here, the only time that it is seen. */
export interface ShownOnce {
  readonly secret: Buffer;
  /** Said beside it, a line each. */
  readonly notes: readonly string[];
  /** What `--json` answers: this, and the secret under `key`. */
  readonly about: Readonly<Record<string, string>>;
  readonly key: string;
}

/** Prints it and wipes it. */
export function answerOnce(call: Call, { secret, notes, about, key }: ShownOnce): void {
  const quoted = call.options.json === true ? jsonString(secret) : undefined;
  try {
    for (const line of notes) note(call, line);
    if (quoted === undefined) return answerBytes(secret, Buffer.from("\n"));
    const start = `${JSON.stringify(about).slice(0, -1)},${JSON.stringify(key)}:`;
    answerBytes(Buffer.from(start), quoted, Buffer.from("}\n"));
  } finally {
    wipe(secret);
    if (quoted !== undefined) wipe(quoted);
  }
}
