/** The jobs of one uid: a process of their own, which loads what it needs and then becomes that user. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const CHILD = fileURLToPath(new URL("child.mjs", import.meta.url));

export class Jobs {
  #child;
  started;

  constructor({ socket, uid, rate, secrets, tally }) {
    this.#child = fork(CHILD, [socket, String(uid), String(rate), String(secrets)], { env: {} });
    this.started = once(this.#child, "message");
    this.#child.on("message", (told) => {
      if (Array.isArray(told)) for (const [outcome, ms] of told) tally.count(outcome, ms);
    });
  }

  async end() {
    this.#child.send("end");
    await once(this.#child, "exit");
  }
}
