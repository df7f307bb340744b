import { printable } from "@sotto/client/protocol";

const PLAIN = /^[\w./:@%+=-]+$/;

/** A path as a shell takes it, in one line: what stands in a remedy is meant to be pasted. */
export function quote(path: string): string {
  const shown = printable(path);
  return PLAIN.test(shown) ? shown : `'${shown.replaceAll("'", "'\\''")}'`;
}
