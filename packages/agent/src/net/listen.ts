import type { Server } from "node:net";
import type { Log } from "../log.ts";
import type { FileWhere } from "./endpoint-path.ts";

/** Many jobs may start in the same second of the same minute. */
const BACKLOG = 4096;

/** Listens on a path whose file does not exist, or on a descriptor that was passed to us; rejects where that fails. Later errors are logged. */
export function listen(server: Server, where: FileWhere, log: Log): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ ...where, backlog: BACKLOG }, () => {
      server.off("error", reject);
      server.on("error", (error) => log.error({ err: error }, "accept failed"));
      resolve();
    });
  });
}
