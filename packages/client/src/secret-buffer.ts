/**
 * A buffer for a passphrase, a value or a token; whoever gets one wipes it. Its memory is outside of V8's heap from the
 * start: V8 keeps a typed array of up to 64 bytes within its heap, moves it about, and leaves the old bytes behind.
 */
export const secretBuffer = (length: number): Buffer => Buffer.from(new ArrayBuffer(length));

/** The first `length` bytes, in a buffer of their own size. */
export function secretCopy(source: Buffer, length: number): Buffer {
  const result = secretBuffer(length);
  source.copy(result, 0, 0, length);
  return result;
}
