/** A failure that the command line meets or words itself. The text never holds a secret, nor what might be one. */
export class Failure extends Error {
  override readonly name = "Failure";
  /** Exit status of the command. */
  readonly exit: number;
  /** What to do next. */
  readonly hint: string | undefined;

  constructor(exit: number, text: string, hint?: string) {
    super(text);
    this.exit = exit;
    this.hint = hint;
  }
}

/** Exit statuses that the command line gives on its own account; those of an agent's answers follow from their code. */
export const EXIT = {
  failed: 1,
  usage: 2,
  locked: 3,
  notFound: 4,
  unreachable: 5,
  passphrase: 7,
  conflict: 9,
  notSynced: 10,
} as const;

/** A command that was called wrongly. */
export const usage = (text: string, hint?: string): Failure => new Failure(EXIT.usage, text, hint);
