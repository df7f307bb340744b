import { expect, test } from "vitest";
import type { Call } from "./call.ts";
import { readPlainGet } from "./plain-get.ts";
import { buildProgram } from "./program.ts";

async function byCommander(args: readonly string[]): Promise<Call | undefined> {
  let found: Call | undefined;
  const program = buildProgram((_, call) => {
    found = call;
    return Promise.resolve();
  });
  await program.parseAsync(args, { from: "user" });
  return found;
}

test.each([
  ["get", "bank/login"],
  ["get", "a", "--attr", "user", "--wait", "2m", "--json", "--quiet"],
  ["get", "--home", "/h", "--socket", "/s", "a", "--token-file", "/t"],
])("is read as commander reads it: %s %s %s", async (...args) => {
  expect(readPlainGet(args)).toEqual(await byCommander(args));
});

test.each([
  [[]],
  [["get"]],
  [["set", "a"]],
  [["get", "a", "b"]],
  [["get", "a", "--help"]],
  [["get", "a", "--attr"]],
  [["get", "a", "--admin"]],
  [["get", "a", "--attr=b"]],
  [["get", "--", "a"]],
  [["get", "a", "--home", "/\u{fffd}"]],
])("%j is left to commander", (args) => {
  expect(readPlainGet(args)).toBeUndefined();
});
