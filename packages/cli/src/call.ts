/** Options that every command takes, before or after its name. */
export interface GlobalOptions {
  readonly home?: string;
  readonly socket?: string;
  readonly passphraseFd?: number;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** One call of one command, parsed but not judged: operands are judged by the command itself. */
export interface Call<Options = object> {
  /** The command with its group, such as `slot add`. */
  readonly command: string;
  /** Looks for an agent the way a job does, instead of only where this user's own agent would be. */
  readonly job: boolean;
  readonly operands: readonly string[];
  readonly options: Readonly<Options> & GlobalOptions;
}

/** What each file in commands/ exports. */
export interface CommandModule {
  run(call: Call): Promise<void>;
}
