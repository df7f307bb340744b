import { describe, expect, it } from "vitest";
import type { FactKind, PeerHandle, Platform, ProcessFacts } from "../platform/index.ts";
import { FactCollector } from "./fact-collector.ts";
import type { ProgramHashes } from "./program-hashes.ts";
import type { Rule } from "./rule.ts";

const rule = (narrowing: Partial<Rule>): Rule => ({
  id: "0",
  created: 0,
  selector: "a/b",
  may: ["get"],
  uids: [1],
  ...narrowing,
});
const KNOWN = { uid: 1, gid: 1, groups: [] };
const HASH = "ab".repeat(32);

function collector(hash: ReturnType<ProgramHashes["of"]>, facts: () => ProcessFacts = () => ({})) {
  const asked: FactKind[][] = [];
  const platform = { programAt: (path: string) => (path === "/bad" ? undefined : `1:${path}`) };
  const inspect = (kinds: ReadonlySet<FactKind>): ProcessFacts => {
    asked.push([...kinds]);
    return facts();
  };
  const hashes = { of: () => hash } as unknown as ProgramHashes;
  const collect = (...rules: Rule[]) =>
    new FactCollector(platform as unknown as Platform, hashes).collect(
      { inspect } as unknown as PeerHandle,
      KNOWN,
      rules,
    );
  return { collect, asked };
}

describe("FactCollector", () => {
  it("asks for what the rules need and no more", () => {
    const { collect, asked } = collector(undefined, () => ({ unit: "a.service" }));
    expect(collect(rule({ units: ["a.service"] }))).toEqual({
      ...KNOWN,
      unit: "a.service",
      programs: new Map(),
    });
    expect(asked).toEqual([["unit"]]);
  });

  it("says what the paths mean now, and leaves out those that mean nothing trustworthy", () => {
    const { collect } = collector(undefined);
    const facts = collect(rule({ exes: ["/a", "/bad"] }), rule({ ancestors: ["/c"] }));
    expect(facts).toMatchObject({
      programs: new Map([
        ["/a", "1:/a"],
        ["/c", "1:/c"],
      ]),
    });
  });

  it("needs no promise for a hash that is known, nor for one that there is not", () => {
    expect(collector(HASH).collect(rule({ sha256s: [HASH] }))).toMatchObject({ sha256: HASH });
    expect(collector(undefined).collect(rule({ sha256s: [HASH] }))).toMatchObject({ sha256: undefined });
  });

  it("looks at the process when the hash is there: what was so before need not be so any more", async () => {
    const state = { exe: "1:/before" };
    const hash = Promise.resolve().then(() => {
      state.exe = "1:/after";
      return HASH;
    });
    const { collect } = collector(hash, () => ({ ...state }));
    const facts = await collect(rule({ exes: ["/before"], sha256s: [HASH] }));
    expect(facts).toMatchObject({ exe: "1:/after", sha256: HASH });
  });
});
