/** What a page may hold, in bytes: a reply's header takes 16 KiB, and each item costs a little more than its size. */
const PAGE_BYTES = 8 * 1024;
const OVERHEAD_BYTES = 4;

/** The first items that are wanted and fit one reply; `more` when others follow. */
export function page<T>(
  items: Iterable<T>,
  wanted: (item: T) => boolean,
  bytes: (item: T) => number,
): { items: T[]; more: boolean } {
  const taken: T[] = [];
  let room = PAGE_BYTES;
  for (const item of items) {
    if (!wanted(item)) continue;
    if (room <= 0) return { items: taken, more: true };
    taken.push(item);
    room -= bytes(item) + OVERHEAD_BYTES;
  }
  return { items: taken, more: false };
}
