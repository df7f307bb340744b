/** Gathers what the agent answers in pages: asks for what comes after the last one while there is more. */
export async function allPages<T>(
  ask: (after: string | undefined) => Promise<{ readonly items: readonly T[]; readonly more: boolean }>,
  keyOf: (item: T) => string,
): Promise<T[]> {
  const all: T[] = [];
  for (;;) {
    const last = all.at(-1);
    const { items, more } = await ask(last === undefined ? undefined : keyOf(last));
    all.push(...items);
    if (!more || items.length === 0) return all;
  }
}
