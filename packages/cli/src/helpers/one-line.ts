import type { Secret } from "@sotto/client";
import { EXIT, Failure } from "../failure/failure.ts";

const BREAKS = [0x00, 0x0a, 0x0d];

/** Fails where a value is no single line: the rest of it would be lost, or be read as something else. */
export function checkOneLine({ name, bytes }: Secret): void {
  if (!BREAKS.some((byte) => bytes.includes(byte))) return;
  throw new Failure(
    EXIT.failed,
    `the value of ${name} is more than one line, which this protocol cannot hold`,
    `a newline at its end is left out with: agent set ${name} --stdin --trim`,
  );
}
