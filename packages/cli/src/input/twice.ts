import { wipe } from "@sotto/client";
import { usage } from "../failure/failure.ts";
import type { Terminal } from "../terminal/terminal.ts";

const TRIES = 3;

/** Asks for something new until both entries are the same, three times at most. The caller wipes the result. */
export const askTwice = (terminal: Terminal, prompt: string, limit: number): Promise<Buffer> =>
  terminal.hidden(async () => {
    for (let left = TRIES; left > 0; left--) {
      const entered = await askPair(terminal, prompt, limit);
      if (entered !== undefined) return entered;
      if (left > 1) terminal.show("The two entries differ. Once more.\n");
    }
    throw usage("the two entries differ");
  });

/** Undefined when the entries differ. */
async function askPair(terminal: Terminal, prompt: string, limit: number): Promise<Buffer | undefined> {
  const first = await terminal.ask(`${prompt}: `, limit);
  let same = false;
  try {
    const second = await terminal.ask(`${prompt}, again: `, limit);
    same = first.equals(second);
    wipe(second);
  } finally {
    if (!same) wipe(first);
  }
  return same ? first : undefined;
}
