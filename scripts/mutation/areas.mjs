/** Where the tools and what they find are kept: git ignores it. */
export const TOOLS = ".cache/mutation";

const agent = "packages/agent/src";
const protocol = "packages/client/src/protocol";
const code = (folder) => [`${folder}/**/*.ts`, `!${folder}/**/*.test.ts`, `!${folder}/**/*.test.helper.ts`];

export const AREAS = {
  protocol: {
    mutate: code(protocol),
    tests: [`${protocol}/**/*.test.ts`],
    not: [`${protocol}/fuzz-agreement.test.ts`],
    skip: ["random bytes end", "mutated headers end", "takes any text"],
  },
  access: {
    mutate: code(`${agent}/access`),
    tests: [`${agent}/access/**/*.test.ts`, `${agent}/verbs/{explain,get}.test.ts`],
    skip: [
      "comes to the decision of the request itself",
      "comes to each kind of decision",
      "says what a clock on the wall",
    ],
  },
  vault: {
    mutate: code(`${agent}/vault`),
    tests: [`${agent}/vault/**/*.test.ts`],
    ignoreStatic: true,
    not: [`${agent}/vault/{files,fuzz-header,kdf-memory}.test.ts`],
    skip: [
      "whatever the umask",
      "10,000 saves",
      "every single bit",
      "B103: at the same time",
      "parts of any length",
    ],
    setup: ["scripts/mutation/quick-derivation.mjs"],
  },
  state: {
    mutate: [`${agent}/gate.ts`, `${agent}/state.ts`],
    tests: [`${agent}/{gate,state}.test.ts`],
  },
};
