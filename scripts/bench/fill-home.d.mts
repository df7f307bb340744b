export interface FillOptions {
  readonly count: number;
  readonly valueBytes: number;
  readonly passphrase: string;
  readonly uid: number;
  readonly config?: Readonly<Record<string, unknown>>;
  /** Fields of more rules; each has an id and `may: ["get"]` unless it says otherwise. */
  readonly rules?: readonly Readonly<Record<string, unknown>>[];
}

/** Makes a home with a vault of `count` secrets, `load/0` and so on, that `uid` may fetch. */
export function fillHome(home: string, options: FillOptions): Promise<void>;
