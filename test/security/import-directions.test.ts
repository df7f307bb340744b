import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const PACKAGES = fileURLToPath(new URL("../../packages", import.meta.url));

/** Each rule: what matches `target` is imported by files that match `only`, and by no others. */
const RULES: readonly { readonly what: string; readonly target: RegExp; readonly only: RegExp }[] = [
  {
    what: "the agent imports the protocol, and nothing else of the client",
    target: /^@sotto\/client$/,
    only: /^cli\//,
  },
  { what: "nobody imports the agent: it is started as a process", target: /^@sotto\/agent/, only: /^$/ },
  { what: "nobody imports the command line", target: /^@sotto\/cli(?:\/|$)/, only: /^$/ },
  { what: "the client imports nothing of ours", target: /^@sotto\//, only: /^(?:agent|cli)\// },
  {
    what: "only memory and vault touch sodium",
    target: /^sodium-native$/,
    only: /^agent\/src\/(?:memory|vault)\//,
  },
  {
    what: "only the platform layer touches koffi",
    target: /^koffi$/,
    only: /^(?:agent\/src\/platform|client\/src\/platform\/win32)\//,
  },
  {
    what: "only the platform layers touch what is of Windows alone",
    target: /^@sotto\/client\/win32$|\/win(?:32|dows)[^/]*\.ts$/,
    only: /^(?:agent|cli|client)\/src\/platform\//,
  },
  { what: "only the protocol touches msgpackr", target: /^msgpackr/, only: /^client\/src\/protocol\// },
  { what: "only the command line touches commander", target: /^commander$/, only: /^cli\// },
  { what: "only the agent's log touches pino", target: /^pino$/, only: /^agent\/src\/log\.ts$/ },
];

/** What a source file imports, statically or dynamically, by the names that stand there. */
function importsOf(file: string): string[] {
  const text = readFileSync(join(PACKAGES, file), "utf8");
  return [...text.matchAll(/(?:from\s+|import\s*\(?\s*)"([^"]+)"/g)].map((match) => match[1] ?? "");
}

const SOURCES = readdirSync(PACKAGES, { recursive: true, encoding: "utf8" }).filter(
  (file) => /^[a-z]+\/src\/.*\.ts$/.test(file) && !/\.test\.(?:helper\.)?ts$|test-support/.test(file),
);

it("looks at the sources, and sees what they import", () => {
  expect(SOURCES.length).toBeGreaterThan(100);
  expect(importsOf("agent/src/log.ts")).toEqual(["pino"]);
});

it.each(RULES)("$what", ({ target, only }) => {
  const offenders = SOURCES.filter(
    (file) => !only.test(file) && importsOf(file).some((name) => target.test(name)),
  );
  expect(offenders).toEqual([]);
});

/** The same compiled JavaScript runs on every system: what differs lies in these folders, and is loaded there only. */
it("only platform folders ask which system it is", () => {
  const asking = SOURCES.filter((file) =>
    /process\.platform|os\.platform\(|\bplatform\(\) ===|"win32"/.test(
      readFileSync(join(PACKAGES, file), "utf8"),
    ),
  );
  expect(asking.sort()).toEqual([
    "agent/src/platform/refusing.ts",
    "agent/src/platform/system.ts",
    "cli/src/platform/index.ts",
    "cli/src/platform/terminal.ts",
    "client/src/platform/system.ts",
  ]);
});
