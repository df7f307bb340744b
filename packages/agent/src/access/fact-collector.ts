import type { FileId, PeerHandle, Platform } from "../platform/index.ts";
import { neededFacts } from "./decide.ts";
import type { AllFacts, Facts } from "./facts.ts";
import type { ProgramHashes } from "./program-hashes.ts";
import type { Rule } from "./rule.ts";

/** Finds out about a process what the rules in question ask for, and no more. */
export class FactCollector {
  readonly #platform: Platform;
  readonly #hashes: ProgramHashes;

  constructor(platform: Platform, hashes: ProgramHashes) {
    this.#platform = platform;
    this.#hashes = hashes;
  }

  /** Adds to `known` what `rules` need. A promise only where a program has to be hashed first. */
  collect(peer: PeerHandle, known: Facts, rules: readonly Rule[]): Facts | Promise<Facts> {
    const kinds = neededFacts(rules);
    const hash = kinds.has("sha256") ? this.#hashes.of(peer) : undefined;
    const collected = (sha256 = known.sha256): AllFacts => {
      const { unit, exe, ancestors } = peer.inspect(kinds); // after the hash: what was true before it took its time need not be any more
      const { uid, gid, groups, sid, token } = known; // one by one: `...` copies them slower than the kernel answers
      return { uid, gid, groups, sid, token, unit, exe, ancestors, sha256, programs: this.#programs(rules) };
    };
    return hash instanceof Promise ? hash.then(collected) : collected(hash);
  }

  /** What the paths in the rules mean at this moment. */
  #programs(rules: readonly Rule[]): ReadonlyMap<string, FileId> {
    const paths = new Set<string>();
    for (const { exes, ancestors } of rules) {
      exes?.forEach((path) => paths.add(path));
      ancestors?.forEach((path) => paths.add(path));
    }
    const programs = new Map<string, FileId>();
    for (const path of paths) {
      const program = this.#platform.programAt(path);
      if (program !== undefined) programs.set(path, program);
    }
    return programs;
  }
}
