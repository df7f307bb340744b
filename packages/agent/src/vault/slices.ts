import { setImmediate as turn } from "node:timers/promises";

/** Bytes that are worked on in one turn of the event loop: a few milliseconds, in which no peer is answered. */
const SLICE_BYTES = 1024 * 1024;
/** What an item costs beside its bytes. */
const ITEM_BYTES = 512;

/** Does `work` on each item, letting requests through in between. `work` returns how many bytes it was; what it throws ends the whole. */
export async function inSlices<T>(items: Iterable<T>, work: (item: T) => number): Promise<void> {
  let left = SLICE_BYTES;
  for (const item of items) {
    left -= work(item) + ITEM_BYTES;
    if (left > 0) continue;
    left = SLICE_BYTES;
    await turn();
  }
}
