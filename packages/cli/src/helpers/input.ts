import { readDescriptor } from "../input/descriptor.ts";

const STDIN = 0;
/** A password of a program that asks a helper is short, a token of a registry some KiB. */
const MAX_REQUEST_BYTES = 256 * 1024;

/** What the program says on stdin, to its end. It may hold a password: the caller wipes it. */
export const readRequest = (): Buffer =>
  readDescriptor(STDIN, "stdin", { limit: MAX_REQUEST_BYTES, trim: false });
