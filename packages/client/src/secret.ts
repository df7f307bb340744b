import type { InspectOptions } from "node:util";
import { inspect } from "node:util";
import type { Attributes } from "./protocol/fields.ts";
import { SottoError } from "./sotto-error.ts";
import { wipe } from "./wipe.ts";

/**
 * The value of a secret, held for a moment. Its bytes are in one buffer outside of V8's heap; `dispose` fills it with 0.
 * It has no printable form: no toString, no toJSON, and `util.inspect` shows its name and version only.
 *
 * @example
 * using secret = await getSecret("db/password");
 * await login(secret.attributes.username, secret.bytes);
 */
export class Secret {
  /** The name that it was asked for by. */
  readonly name: string;
  /** Short strings that are not secret, such as `username`; without a prototype, so any key may be looked up. */
  readonly attributes: Attributes;
  /** The number of this value, 1 or more; a replaced value has a higher one. */
  readonly version: number;
  #bytes: Buffer | undefined;

  /** Takes over `bytes`, 0 to 1 MiB: they are wiped by `dispose`. */
  constructor(name: string, fields: { attributes: Attributes; version: number }, bytes: Buffer) {
    this.name = name;
    this.attributes = fields.attributes;
    this.version = fields.version;
    this.#bytes = bytes;
  }

  /** The value itself, not a copy: 0 after `dispose`. Throws a `SottoError` once disposed. */
  get bytes(): Buffer {
    if (this.#bytes === undefined) throw SottoError.because("disposed");
    return this.#bytes;
  }

  /**
   * The value as text. This is a copy in V8's heap that cannot be wiped and lives until it is collected:
   * prefer `bytes` where the consumer takes bytes. Invalid UTF-8 becomes U+FFFD. Throws once disposed.
   */
  utf8(): string {
    return this.bytes.toString("utf8");
  }

  /** Fills the value with 0 and forgets it. May be called again. */
  dispose(): void {
    if (this.#bytes !== undefined) wipe(this.#bytes);
    this.#bytes = undefined;
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  [inspect.custom](_depth: number, options: InspectOptions): string {
    const state = this.#bytes === undefined ? ", disposed" : "";
    return `Secret(${inspect(this.name, options)}, version ${this.version}${state})`;
  }
}
