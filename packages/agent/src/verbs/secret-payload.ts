import type { SecureBuffer } from "../memory/secure-memory.ts";
import type { PayloadSource } from "./handler.ts";

/** A short secret that the agent has just made, as the payload of a reply; destroyed when it has left. */
export function secretPayload(secret: SecureBuffer | undefined): { payload?: PayloadSource } {
  if (secret === undefined) return {};
  let at = 0;
  const read = (target: Buffer): number => {
    const copied = secret.bytes.copy(target, 0, at);
    at += copied;
    return copied;
  };
  return { payload: { length: secret.bytes.length, read, close: () => secret.destroy() } };
}
