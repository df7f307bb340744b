/** The slope of a least-squares line through samples of resident memory, in MiB an hour. */
export function slopePerHour(samples: readonly { readonly ms: number; readonly mib: number }[]): number;
