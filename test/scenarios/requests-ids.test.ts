import { expect, it } from "vitest";
import { liveAgent } from "../support/live-agent.ts";
import { frame } from "../support/raw-connection.ts";
import { hex, outcomeOfHeader, statusHeader } from "../support/wire-bytes.ts";

const agent = liveAgent();

it.each([0, 1, 127, 128, 0xffff_ffff, 2 ** 32, 2 ** 53 - 1])(
  "B35: the id %d is echoed exactly",
  async (id) => {
    using connection = await agent().connect();
    const granted = await connection.request({ v: 1, id, verb: "status" });
    expect(granted.header.get("id")).toBe(id);
    const refused = await connection.request({ v: 1, id, verb: "get", name: "no/such" });
    expect(refused.header.get("id")).toBe(id);
    const malformed = await connection.request({ v: 1, id, verb: "nothing" });
    expect(malformed.header.get("id")).toBe(id);
  },
);

it("B35: an id that is used again is echoed again, once for each request", async () => {
  using connection = await agent().connect();
  const same = frame({ v: 1, id: 3, verb: "status" });
  connection.send(
    Buffer.concat([same, same, frame({ v: 1, id: 3, verb: "get", name: "probe/alive" }), same]),
  );
  for (const payload of ["", "", "value of the probe", ""]) {
    const reply = await connection.reply();
    expect(reply?.header.get("id")).toBe(3);
    expect(reply?.payload.toString()).toBe(payload);
  }
});

it.each([
  ["-1", hex("ff")],
  ["-2^31", hex("d2 80 00 00 00")],
  ["2^53", hex("cf 00 20 00 00 00 00 00 00")],
  ["2^53+1", hex("cf 00 20 00 00 00 00 00 01")],
  ["-2^53-1", hex("d3 ff df ff ff ff ff ff ff")],
  ["nil", hex("c0")],
  ["an array", hex("91 01")],
  ["missing", undefined],
])("B35: the id %s is a bad request, and no other id is made of it", async (_what, id) => {
  const outcome = await outcomeOfHeader(agent().sandbox.socket, statusHeader({ id }));
  expect(outcome).toMatchObject({ answer: "bad-request", id: null, closed: false });
});
