import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RuleIndex, ruleIndex } from "./rule-index.ts";
import type { Rule } from "./rule.ts";

const SEGMENTS = ["a", "b", "ab"];
const name = fc
  .array(fc.constantFrom(...SEGMENTS), { minLength: 1, maxLength: 4 })
  .map((parts) => parts.join("/"));
const selector = fc.tuple(name, fc.boolean()).map(([prefix, below]) => (below ? `${prefix}/**` : prefix));

const ruleFor = (of: string, i: number): Rule => ({
  id: String(i),
  selector: of,
  may: ["get"],
  created: 0,
  uids: [0],
});

/** What a selector means, segment by segment. */
function names(of: string, secret: string): boolean {
  const [wanted, found] = [of.split("/"), secret.split("/")];
  if (wanted.at(-1) !== "**") return of === secret;
  return found.length >= wanted.length && wanted.slice(0, -1).every((segment, i) => segment === found[i]);
}

describe("RuleIndex", () => {
  it("B57: finds exactly the rules that name a secret, each once", () => {
    fc.assert(
      fc.property(fc.array(selector, { maxLength: 12 }), name, (selectors, secret) => {
        const rules = selectors.map(ruleFor);
        const found = [...new RuleIndex(rules).concerning(secret)].map(({ id }) => Number(id));
        const wanted = rules.filter((rule) => names(rule.selector, secret)).map(({ id }) => Number(id));
        expect(found.sort((x, y) => x - y)).toEqual(wanted);
        expect(new RuleIndex(rules).names(secret)).toBe(wanted.length > 0);
      }),
      { numRuns: 5_000 },
    );
  });

  it("is made once for each list", () => {
    const rules = [ruleFor("a", 0)];
    expect(ruleIndex(rules)).toBe(ruleIndex(rules));
    expect([...ruleIndex([...rules, ruleFor("a/**", 1)]).concerning("a")]).toHaveLength(1);
  });
});
