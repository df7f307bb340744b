/** A promise in few words, and where its figures come from: paths of tests, or names of `RUNS`. */
export const ROWS: readonly { readonly promise: string; readonly from: readonly string[] }[];
/** The longer runs by name: the command; a test that shows the same in little, where there is one. */
export const RUNS: Readonly<Record<string, { readonly command: string; readonly test?: string }>>;
