/** Who asks for a lock and is not understood must learn that at once: nobody may believe that it is locked when it is not. */
import type { HeaderFields } from "@sotto/client/protocol";
import { encodeHeader } from "@sotto/client/protocol";
import { beforeEach, expect, it } from "vitest";
import { Asker, codeOf } from "../support/asker.ts";
import { liveAgent } from "../support/live-agent.ts";
import { frame, RawConnection } from "../support/raw-connection.ts";
import { PASSPHRASE } from "../support/sandbox.ts";

const PATIENCE_MS = 3_000;
const agent = liveAgent();
const lock: HeaderFields = { v: 1, id: 1, verb: "lock" };
const encoded = encodeHeader(lock);

const MALFORMED: readonly (readonly [name: string, bytes: Buffer])[] = [
  ["an extra field", frame({ ...lock, force: true })],
  ["a version that is not spoken", frame({ ...lock, v: 2 })],
  ["no version", frame({ id: 1, verb: "lock" })],
  ["an id that is none", frame({ ...lock, id: "1" })],
  ["a capital letter", frame({ ...lock, verb: "Lock" })],
  ["a payload", frame(lock, Buffer.from("now"))],
  ["a byte too many", frame(Buffer.concat([encoded, Buffer.of(0)]))],
  ["a byte too few", frame(encoded.subarray(0, -1))],
  [
    "the verb twice",
    frame(Buffer.concat([Buffer.of(0x84), encoded.subarray(1), Buffer.from("\xa4verb\xa4lock", "latin1")])),
  ],
];

beforeEach(async () => {
  await agent().sandbox.ok(["unlock"], { passphrase: PASSPHRASE });
});

it.each(MALFORMED)(
  "B70: a lock with %s locks or is refused loudly",
  { timeout: 30_000 },
  async (_, bytes) => {
    using raw = await RawConnection.open(agent().sandbox.socket);
    const began = performance.now();
    raw.send(bytes);
    const reply = await raw.reply();
    expect(performance.now() - began, "milliseconds until it knows").toBeLessThan(PATIENCE_MS);
    using other = await Asker.open(agent().sandbox.socket);
    const state = (await other.must("status")).header.get("state");
    const code = reply === undefined ? "closed" : codeOf(reply);
    if (code === "ok") expect(state).toBe("locked");
    else expect(["bad-request", "bad-frame", "too-large", "unsupported-version"]).toContain(code);
    await other.must("lock");
    expect((await other.must("status")).header.get("state"), "a good one right after it").toBe("locked");
  },
);

it("B70: the command line refuses what it does not understand with exit 2, and does not pretend", async () => {
  for (const args of [
    ["lock", "now"],
    ["lock", "--force"],
  ])
    expect((await agent().sandbox.agent(args)).status, args.join(" ")).toBe(2);
  expect((await agent().sandbox.agent(["status"])).status, "still unlocked, as was said").toBe(0);
});
