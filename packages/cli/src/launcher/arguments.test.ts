import { describe, expect, test } from "vitest";
import { agentArguments, nodeFlags } from "./arguments.ts";

const LINES: Readonly<Record<string, readonly string[]>> = {
  "20": [],
  "22": ["--permission", "--disable-sigusr1"],
  "26": ["--permission", "--disable-sigusr1", "--allow-net"],
};
const flagsOn = (line: string, home: string, socket: string): string[] =>
  nodeFlags({ home, socket }, (flag) => LINES[line]?.includes(flag) ?? false);
const REST = [
  "--allow-addons",
  "--allow-fs-read=*",
  "--allow-fs-write=/h/*",
  "--no-warnings",
  "--max-semi-space-size=2",
];

describe("flags of node", () => {
  test("differ by its line", () => {
    const at = ["/h", "/h/agent.sock"] as const;
    expect(flagsOn("20", ...at)).toEqual(["--experimental-permission", ...REST]);
    expect(flagsOn("22", ...at)).toEqual(["--permission", "--disable-sigusr1", ...REST]);
    expect(flagsOn("26", ...at)).toEqual(["--permission", "--disable-sigusr1", "--allow-net", ...REST]);
  });

  test("no permitted folder lies within another", () => {
    const written = (home: string, socket: string): string[] =>
      flagsOn("20", home, socket).filter((flag) => flag.startsWith("--allow-fs-write"));
    expect(written("/h", "/s/agent.sock")).toEqual(["--allow-fs-write=/h/*", "--allow-fs-write=/s/*"]);
    expect(written("/h", "/h/run/agent.sock")).toEqual(["--allow-fs-write=/h/*"]);
    expect(written("/s/h", "/s/agent.sock")).toEqual(["--allow-fs-write=/s/*"]);
    expect(written("/s", "/s2/agent.sock")).toHaveLength(2);
  });
});

test("the agent's options follow its entry", () => {
  const args = agentArguments(
    { home: "/h", socket: "/s/a" },
    { foreground: true, lockAfter: 1000, ticket: 0, adminGid: 5, requireLockedMemory: true },
  );
  const entry = args.findIndex((arg) => arg.endsWith("agent.mjs"));
  expect(args.slice(entry + 1).join(" ")).toBe(
    "--home /h --socket /s/a --foreground --lock-after-ms 1000 --ticket-ms 0 --admin-group 5 --require-locked-memory",
  );
});
