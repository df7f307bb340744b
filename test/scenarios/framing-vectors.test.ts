import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { liveAgent } from "../support/live-agent.ts";
import { hex, outcomeOf } from "../support/wire-bytes.ts";

const FOLDER = new URL("../vectors/frames/", import.meta.url);
/** After these the stream cannot be trusted any more. */
const FATAL = ["bad-frame", "too-large"];
const agent = liveAgent();

interface Refused {
  readonly file: string;
  readonly expected: string;
  readonly bytes: Buffer;
}

/** The vectors that a reader must refuse; the file format is described beside them and checked by the unit tests. */
function refusedVectors(): Refused[] {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith(".txt"));
  return files.map(readVector).filter(({ expected }) => expected !== "accept");
}

function readVector(file: string): Refused {
  const [keys = "", digits = ""] = readFileSync(new URL(file, FOLDER), "utf8").split(/\n\n(.*)/s);
  const [, expected = ""] = /^expect: (.*)$/m.exec(keys) ?? [];
  return { file, expected, bytes: hex(digits.replaceAll(/#.*$/gm, "")) };
}

it("there are vectors", () => {
  expect(refusedVectors().length).toBeGreaterThan(80);
});

it.each(refusedVectors())("B9-B19: the agent answers $expected to $file", async ({ expected, bytes }) => {
  const outcome = await outcomeOf(agent().sandbox.socket, bytes);
  expect(outcome).toMatchObject({ answer: expected, closed: FATAL.includes(expected) });
});

it("B9-B19: after all of them the agent is alive, and nothing was decided or changed", async () => {
  await agent().expectAlive();
  const verbs = agent()
    .sandbox.auditRecords()
    .map(({ verb }) => verb);
  expect(new Set(verbs)).toEqual(
    new Set(["audit", "start", "init", "checkpoint", "auth", "set", "grant", "get"]),
  );
});
