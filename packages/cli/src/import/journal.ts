import type { Client } from "@sotto/client";
import { SottoError } from "@sotto/client";
import { describe } from "../failure/describe.ts";
import { EXIT, Failure } from "../failure/failure.ts";
import { warn } from "../output/tell.ts";
import type { Looked } from "./look.ts";
import { takeBack } from "./take-back.ts";

/** A secret that has been stored, and the version that it got. */
export interface Stored extends Looked {
  readonly version: number;
}

/** Stores all of them or, on a failure in the middle, takes back what has been stored. */
export class Journal {
  readonly #secrets: readonly Looked[];
  readonly #stored: Stored[] = [];
  /** Every change so far is safe from a power cut. */
  durable = true;
  /** A signal came: stop before the next one. */
  interrupted = false;

  constructor(secrets: readonly Looked[]) {
    this.#secrets = secrets;
  }

  /**
   * Goes on where it stopped: `auth-required`, where a ticket ends in the middle, leaves everything in place for another
   * call after a proof. Any other failure is thrown after what could be taken back has been, and what stands been told.
   */
  async store(client: Client): Promise<void> {
    for (let next = this.#secrets[this.#stored.length]; next; next = this.#secrets[this.#stored.length]) {
      try {
        if (this.interrupted) throw new Failure(EXIT.failed, "interrupted");
        await this.#storeOne(client, next);
      } catch (error) {
        if (error instanceof SottoError && error.code === "auth-required") throw error;
        throw await this.#undo(client, next.name, error);
      }
    }
  }

  /** Tells what has been stored and stays, where nobody could prove the passphrase for the rest. */
  tellWhatStands(): void {
    for (const { name, version } of this.#stored)
      warn(`${name} stays as it was imported (version ${version})`);
  }

  async #storeOne(client: Client, secret: Looked): Promise<void> {
    const { name, attributes, present, value } = secret;
    const ifVersion = present?.version ?? 0;
    const { fields } = await client.request("set", { name, attributes, ifVersion }, { payload: value });
    this.durable &&= fields.durable;
    this.#stored.push({ ...secret, version: fields.version });
  }

  /** The failure to throw. */
  async #undo(client: Client, name: string, error: unknown): Promise<Failure> {
    const { exit, text, hint } = describe(error);
    let left = 0;
    for (let last = this.#stored.pop(); last; last = this.#stored.pop()) {
      const stands = await takeBack(client, last);
      if (stands === undefined) continue;
      left++;
      warn(stands);
    }
    if (isUnsure(error)) warn(`${name} may have been stored: the agent did not say`);
    const rest = left === 0 ? "nothing of the file was imported" : "the warnings say what was";
    return new Failure(exit, `${name}: ${text}; ${rest}`, hint);
  }
}

/** No answer came, so nobody knows whether it was done. */
const isUnsure = (error: unknown): boolean =>
  error instanceof SottoError && ["timeout", "unreachable", "bad-reply", "internal"].includes(error.code);
