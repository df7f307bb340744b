import { expect, it } from "vitest";
import { connectionsWithin, waitingWithin } from "./capacity.ts";

it("leaves room for the agent's own files, and has the limit of the protocol above it", () => {
  expect([64, 256, 1024, 1_048_576, Infinity].map(connectionsWithin)).toEqual([5, 69, 256, 256, 256]);
});

it("lets wait who fits in beside them", () => {
  expect([64, 256, 1024, 1_048_576, Infinity].map(waitingWithin)).toEqual([0, 0, 104, 512, 512]);
});

it("B25: refuses to start with fewer than a handful", () => {
  expect(() => connectionsWithin(59)).toThrow("too few files here: 59");
});
