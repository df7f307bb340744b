import type { Pipes } from "../platform/index.ts";
import { StartError } from "../start-error.ts";
import type { EndpointPath, Where } from "./endpoint-path.ts";

/** Only on this machine, and in no folder: names of pipes have none. */
const LOCAL_PIPE = /^\\\\\.\\pipe\\[^\\/]{1,200}$/i;

/** The name of a named pipe. It goes with the process that serves it: nobody can remove or replace it meanwhile. */
export class PipePath implements EndpointPath {
  readonly path: string;
  readonly where: Where;
  readonly renewable = false;

  private constructor(path: string, pipes: Pipes) {
    this.path = path;
    this.where = { pipe: path, pipes };
  }

  /** Makes sure that nobody serves this name. Throws a `StartError`. */
  static claim(path: string, pipes: Pipes): PipePath {
    if (!LOCAL_PIPE.test(path))
      throw new StartError(2, "the socket is no local named pipe", String.raw`name it \\.\pipe\NAME`);
    if (pipes.isServed(path)) throw new StartError(1, `an agent is already running at ${path}`);
    return new PipePath(path, pipes);
  }

  bound(): void {
    // the pipe itself was read back when it was made
  }

  check(): "ours" {
    return "ours";
  }

  remove(): void {
    // it goes with its last handle
  }
}
