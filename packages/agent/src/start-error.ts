/** Why the agent does not start: told on stderr, with the exit status of the command line. */
export class StartError extends Error {
  override readonly name = "StartError";
  /** 1: another agent runs already, or something unexpected; 2: something has to be put right first. */
  readonly exit: 1 | 2;
  readonly hint: string | undefined;

  constructor(exit: 1 | 2, text: string, hint?: string) {
    super(text);
    this.exit = exit;
    this.hint = hint;
  }
}
