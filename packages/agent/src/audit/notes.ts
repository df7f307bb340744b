/**
 * What is wrong with the audit, and what its next line then says in its note. `audit verify` and AUDIT.md know these
 * texts: whoever changes one changes all three.
 */
export const TROUBLES = {
  removed: "the file had been removed",
  cut: "the file had been cut",
  foreign: "the file had been written to by another process",
  mode: "the mode of the file had been changed",
  owner: "the owner of the file had been changed",
  kind: "something that is not a plain file lay in its place",
  unwritable: "the file could not be written",
  unopened: "the file could not be opened",
  unsynced: "the file could not be synced to the disk",
} as const;

/** One thing that keeps the audit from being written. */
export type Trouble = keyof typeof TROUBLES;

/** The file is not what the agent left: what it goes on with is a new one, and only when told to (SIGHUP, unlock). */
export const NEEDS_NEW_FILE: ReadonlySet<Trouble> = new Set(["removed", "cut", "foreign", "unsynced"]);

/** After a crash of the machine: kept as it is, and the chain goes on from the line before it. */
export const TORN = "the line before this one is torn";
/** The file found at the start was no audit, or ended in something else: it was set aside under a number. */
export const NOT_CONTINUED = "the file before this one could not be continued";
