import type { Secret } from "@sotto/client";
import type { Call } from "../call.ts";
import type { GetOptions } from "../fetch.ts";
import { fetch } from "../fetch.ts";
import { describe } from "../failure/describe.ts";
import { EXIT, Failure } from "../failure/failure.ts";

const RATE_LIMITED = 11;
const OF_ONE_SECRET: ReadonlySet<number> = new Set([EXIT.notFound, RATE_LIMITED]);

/** Secrets by name; whoever gets them calls `dispose`. */
export class Secrets implements Disposable {
  readonly #byName = new Map<string, Secret>();

  /**
   * Fetches each name once, however often it is asked for: a rule may count fetches. All of them, or none: throws the
   * first failure, with the name in its text. `--wait` is for all of them together.
   */
  static async fetch(call: Call<GetOptions>, names: readonly string[]): Promise<Secrets> {
    const secrets = new Secrets();
    const deadline = performance.now() + (call.options.wait ?? 0);
    try {
      for (const name of new Set(names))
        secrets.#byName.set(name, await fetchNamed(withWait(call, deadline), name));
      return secrets;
    } catch (error) {
      secrets.dispose();
      throw error;
    }
  }

  /** The bytes of a value, not a copy. */
  bytes(name: string): Buffer {
    return this.#get(name).bytes;
  }

  /** An attribute. Attributes are not secret, so this one may be a string. */
  attribute(name: string, key: string): string {
    const { attributes } = this.#get(name);
    const value = Object.hasOwn(attributes, key) ? attributes[key] : undefined;
    if (value !== undefined) return value;
    throw new Failure(
      EXIT.notFound,
      `${name}: it has no attribute ${key}`,
      "agent get NAME --json shows those that it has",
    );
  }

  /** Fills all values with 0. May be called again. */
  dispose(): void {
    for (const secret of this.#byName.values()) secret.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #get(name: string): Secret {
    const secret = this.#byName.get(name);
    if (secret === undefined) throw new Error("not fetched");
    return secret;
  }
}

function withWait(call: Call<GetOptions>, deadline: number): Call<GetOptions> {
  if (call.options.wait === undefined) return call;
  return { ...call, options: { ...call.options, wait: Math.max(0, deadline - performance.now()) } };
}

/** One of several was refused: which one has to be said. */
async function fetchNamed(call: Call<GetOptions>, name: string): Promise<Secret> {
  try {
    return await fetch(call, name);
  } catch (error) {
    const { exit, text, hint } = describe(error);
    // What is locked or unreachable is so for every name.
    throw OF_ONE_SECRET.has(exit) ? new Failure(exit, `${name}: ${text}`, hint) : error;
  }
}
