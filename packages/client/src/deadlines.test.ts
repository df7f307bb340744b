import { expect, it } from "vitest";
import { deadlineOf } from "./deadlines.ts";

it("B119: quick verbs have 2.5 seconds, so that a hanging agent is told within 3", () => {
  expect(deadlineOf("status", {})).toBe(2_500);
  expect(deadlineOf("get", { name: "a" })).toBe(2_500);
});

it("verbs that derive keys or save have a minute", () => {
  expect(deadlineOf("unlock", {})).toBe(60_000);
  expect(deadlineOf("set", { name: "a" })).toBe(60_000);
});

it("a wait has its own time, and that of a quick verb for the answer", () => {
  expect(deadlineOf("wait", { timeoutMs: 1_000 })).toBe(3_500);
});
