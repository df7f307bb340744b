/** Whoever may not fetch a secret cannot find out whether it exists: not by the answer, not by its time. */
import { beforeAll, beforeEach, expect, it } from "vitest";
import { grant, liveAgent, set } from "../support/live-agent.ts";
import { frame, type RawConnection } from "../support/raw-connection.ts";
import { needsRoot } from "../support/requirements.ts";

const STRANGER = { uid: 64_129 };
const EXISTING = "there/secret";
const MISSING = "there/absent";
const PAIRS = 2_000;
/**
 * The promise is 5 % on a quiet machine, which is for a benchmark to show. Here others use the same cores: the bound
 * is generous, and one of a few measurements has to keep it. An unsealing, a save or a wait would still show.
 */
const BOUND = 0.25;
const MEASUREMENTS = 3;
const agent = liveAgent({ shared: true });

beforeEach(needsRoot);
beforeAll(async () => {
  using administrator = await agent().administrator();
  await set(administrator, EXISTING, Buffer.alloc(64 * 1024, "x"));
  await grant(administrator, EXISTING, { uids: [STRANGER.uid + 1] });
  await grant(administrator, "elsewhere/**", { uids: [STRANGER.uid] }, ["get", "set"]);
});

/** Everything that takes a name. */
const ASKING: readonly (readonly [
  verb: string,
  fields: Readonly<Record<string, string | number | boolean>>,
])[] = [
  ["get", {}],
  ["get", { admin: true }],
  ["set", {}],
  ["set", { ifVersion: 0 }],
  ["set", { ifVersion: 1 }],
  ["show", {}],
  ["remove", {}],
  ["rename", { to: "elsewhere/moved" }],
  ["restore", { version: 1 }],
  ["prune", { keep: 1 }],
  ["rules", {}],
];

it.each(ASKING)(
  "B29: %s %j answers an existing and a missing name with the same bytes",
  async (verb, fields) => {
    using stranger = await agent().connect(STRANGER);
    const payload = Buffer.from(verb === "set" ? "a value" : "");
    const [existing, missing] = [
      await stranger.request({ v: 1, id: 17, verb, name: EXISTING, ...fields }, payload),
      await stranger.request({ v: 1, id: 17, verb, name: MISSING, ...fields }, payload),
    ];
    expect(existing.header.get("error")).toBe("denied");
    expect(existing.bytes.toString("hex")).toBe(missing.bytes.toString("hex"));
  },
);

it("B29: a name that a rule allows and that does not exist is denied like one that no rule allows", async () => {
  using stranger = await agent().connect(STRANGER);
  const allowed = await stranger.request({ v: 1, id: 17, verb: "get", name: "elsewhere/absent" });
  const forbidden = await stranger.request({ v: 1, id: 17, verb: "get", name: EXISTING });
  expect(allowed.bytes.toString("hex")).toBe(forbidden.bytes.toString("hex"));
});

it("B29: the answers to an existing and a missing name take the same time", async () => {
  const differences: number[] = [];
  for (let i = 0; i < MEASUREMENTS && !differences.some((one) => one < BOUND); i++)
    differences.push(await differenceOfMedians());
  expect(Math.min(...differences), `relative differences: ${differences.join(" ")}`).toBeLessThan(BOUND);
});

/** Fetches both in turn, each on a connection of its own, and compares the medians. */
async function differenceOfMedians(): Promise<number> {
  using first = await agent().connect(STRANGER);
  using second = await agent().connect(STRANGER);
  const times: readonly [number[], number[]] = [[], []];
  for (let i = 0; i < PAIRS; i++) {
    times[0].push(await timeOf(first, EXISTING));
    times[1].push(await timeOf(second, MISSING));
  }
  const [existing, missing] = [median(times[0]), median(times[1])];
  return Math.abs(existing - missing) / Math.min(existing, missing);
}

async function timeOf(connection: RawConnection, name: string): Promise<number> {
  const request = frame({ v: 1, id: 1, verb: "get", name });
  const began = performance.now();
  connection.send(request);
  await connection.reply();
  return performance.now() - began;
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
