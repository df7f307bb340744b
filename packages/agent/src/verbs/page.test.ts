import { describe, expect, it } from "vitest";
import { page } from "./page.ts";

const names = Array.from({ length: 1000 }, (_, i) => `name-${String(i).padStart(4, "0")}`);
const bytes = (name: string): number => name.length;

describe("page", () => {
  it("gives all that fits, and says that nothing follows", () => {
    expect(page(["a", "b"], () => true, bytes)).toEqual({ items: ["a", "b"], more: false });
  });

  it("says that more follows only when something wanted does", () => {
    const first = page(names, () => true, bytes);
    expect(first.more).toBe(true);
    const last = first.items.at(-1) ?? "";
    expect(page(names, (name) => name <= last, bytes)).toEqual({ items: first.items, more: false });
  });

  it("reaches every item by asking again after the last", () => {
    const seen: string[] = [];
    for (let after = "", more = true; more; after = seen.at(-1) ?? "") {
      const next = page(names, (name) => name > after, bytes);
      seen.push(...next.items);
      more = next.more;
    }
    expect(seen).toEqual(names);
  });
});
