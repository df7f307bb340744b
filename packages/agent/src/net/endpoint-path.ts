import type { Pipes } from "../platform/index.ts";

/** Where to listen, for `net.Server.listen`: on a path, or on a descriptor that was passed to us. */
export type FileWhere = { readonly path: string } | { readonly fd: number };
/** The same, or a named pipe. */
export type Where = FileWhere | PipeWhere;

export interface PipeWhere {
  readonly pipe: string;
  readonly pipes: Pipes;
}

/** The place at which peers find the agent: claimed before it is bound, watched while it is served. */
export interface EndpointPath {
  readonly path: string;
  readonly where: Where;
  /** Whether it can be made again when it is missing. */
  readonly renewable: boolean;
  /** Called after listening. */
  bound(): void;
  /** Whether it still is ours: `missing` when it was removed, `replaced` when something else lies there. */
  check(): "ours" | "missing" | "replaced";
  /** Called at the end. */
  remove(): void;
}
