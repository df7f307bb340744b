import { selectorPrefix } from "@sotto/client/protocol";
import type { Rule } from "./rule.ts";

/** Rules by what they name, so that a decision does not get slower with the rules that do not concern it. */
export class RuleIndex {
  readonly #exact = new Map<string, Rule[]>();
  readonly #below = new Map<string, Rule[]>();

  constructor(rules: readonly Rule[]) {
    for (const rule of rules) {
      const prefix = selectorPrefix(rule.selector);
      if (prefix === undefined) add(this.#exact, rule.selector, rule);
      else add(this.#below, prefix, rule);
    }
  }

  /** The rules that name this secret, or a prefix of whole segments above it, in a list of its own. */
  concerning(name: string): Rule[] {
    const found = [...(this.#exact.get(name) ?? [])];
    for (const prefix of prefixesOf(name)) for (const rule of this.#below.get(prefix) ?? []) found.push(rule);
    return found;
  }

  /** Whether any rule names this secret. */
  names(name: string): boolean {
    return this.#exact.has(name) || prefixesOf(name).some((prefix) => this.#below.has(prefix));
  }
}

/** What stands above a name, in whole segments, the shortest first. */
function prefixesOf(name: string): string[] {
  const found: string[] = [];
  for (let slash = name.indexOf("/"); slash !== -1; slash = name.indexOf("/", slash + 1))
    found.push(name.slice(0, slash));
  return found;
}

function add(map: Map<string, Rule[]>, key: string, rule: Rule): void {
  const rules = map.get(key);
  if (rules) rules.push(rule);
  else map.set(key, [rule]);
}

const indexes = new WeakMap<readonly Rule[], RuleIndex>();

/** The index of an unchanging list of rules, made once for each list. */
export function ruleIndex(rules: readonly Rule[]): RuleIndex {
  const known = indexes.get(rules);
  if (known) return known;
  const index = new RuleIndex(rules);
  indexes.set(rules, index);
  return index;
}
