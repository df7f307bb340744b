/**
 * The table of figures in SECURITY.md: a promise in few words, and what its figures come from, tests that annotate them or
 * one of the longer runs. A run stands there with a test that shows the same in little, where there is one.
 */
export const RUNS = {
  fuzz: { command: "npm run fuzz", test: "test/security/fuzz-corpus.test.ts" },
  soak: { command: "npm run soak", test: "test/scenarios/soak.test.ts" },
  prove: { command: "npm run prove", test: "test/security/suite-tables.test.ts" },
  mutation: { command: "npm run test:mutation", test: "test/mutation.json" },
  behaviour: { command: "npm run index", test: "test/security/suite-tables.test.ts" },
};

export const ROWS = [
  {
    promise: "A malformed header is refused with a code, and means one thing only",
    from: [
      "packages/client/src/protocol/scanner.test.ts",
      "packages/client/src/protocol/fuzz-agreement.test.ts",
    ],
  },
  {
    promise: "Nothing that is thrown at the socket does harm",
    from: ["test/scenarios/framing-fuzz.test.ts"],
  },
  {
    promise: "A damaged vault is refused with a reason",
    from: [
      "packages/agent/src/vault/damage.test.ts",
      "packages/agent/src/vault/fuzz-header.test.ts",
      "test/security/fuzz-payload.test.ts",
      "test/security/fuzz-rule.test.ts",
    ],
  },
  { promise: "The parsers hold against a fuzzer that is guided by coverage", from: ["fuzz"] },
  {
    promise: "No rule can make another one narrower or wider",
    from: ["packages/agent/src/access/decide-properties.test.ts"],
  },
  {
    promise: "A save that is killed leaves the old or the new vault",
    from: ["test/security/save-kills.test.ts"],
  },
  {
    promise: "What was answered is on record, also after a kill",
    from: ["test/security/audit-kills.test.ts"],
  },
  {
    promise: "`agent exec` leaves no file, killed at any moment",
    from: ["test/security/exec-no-file.test.ts"],
  },
  {
    promise: "No copy of a secret lies in the agent's memory",
    from: ["test/security/memory-agent.test.ts", "test/security/token-memory.test.ts"],
  },
  {
    promise: "No copy is left in a job, nor beside the command of `agent exec`",
    from: ["test/security/memory-client.test.ts", "test/security/exec-memory.test.ts"],
  },
  { promise: "Hours of load: memory, descriptors and answers stay as they should", from: ["soak"] },
  { promise: "The tests can fail: code broken on purpose turns them red", from: ["prove", "mutation"] },
  { promise: "Every kind of bad input that was thought of has its test", from: ["behaviour"] },
];
