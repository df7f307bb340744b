import type { Socket } from "node:net";
import type { PayloadSource } from "../verbs/handler.ts";

/**
 * Writes a value as it is and nothing else, chunk by chunk through `work`, secure memory of at least one chunk, which is
 * wiped after each. Resolves when the kernel has all of it, or the socket is gone.
 */
export async function writeValue(socket: Socket, payload: PayloadSource, work: Buffer): Promise<void> {
  try {
    while (!socket.destroyed) {
      const length = payload.read(work);
      if (length === 0) return;
      await written(socket, work.subarray(0, length));
      work.fill(0, 0, length);
    }
  } finally {
    work.fill(0);
    payload.close?.();
  }
}

/** The bytes go to the kernel from where they lie; they must stay until it has them. */
function written(socket: Socket, bytes: Buffer): Promise<void> {
  return new Promise((resolve) => {
    socket.once("close", resolve);
    socket.write(bytes, () => {
      socket.off("close", resolve);
      resolve();
    });
  });
}
