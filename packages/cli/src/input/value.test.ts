import { expect, test } from "vitest";
import { checkSources, newValue } from "./value.ts";

const call = (options: Parameters<typeof checkSources>[0]) => ({
  command: "set",
  job: false,
  operands: ["a"],
  options,
});

test.each([
  [{ stdin: true, generate: true }],
  [{ stdin: true, valueFd: 5 }],
  [{ valueFd: 5, generate: 20 }],
  [{ generate: 20, trim: true }],
  [{ stdin: true, passphraseFd: 0 }],
  [{ valueFd: 5, passphraseFd: 5 }],
] as const)("options that contradict each other are refused: %j", (options) => {
  expect(() => checkSources(options)).toThrow();
});

test("a value is generated with the default length or another", async () => {
  expect(await newValue(call({ generate: true }), "a")).toHaveLength(32);
  expect(await newValue(call({ generate: 20 }), "a")).toHaveLength(20);
});
