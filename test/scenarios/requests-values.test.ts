import { describe, expect, it } from "vitest";
import { grant, liveAgent, set } from "../support/live-agent.ts";
import { frame } from "../support/raw-connection.ts";
import { PASSPHRASE } from "../support/sandbox.ts";

const MIB = 1024 * 1024;
const agent = liveAgent();

/** Bytes without a pattern that a wrong order or a gap of chunks would keep. */
function mixed(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let i = 0, state = 1; i < length; i++) {
    state = (state * 48_271) % 0x7fff_ffff;
    bytes[i] = state;
  }
  return bytes;
}

/** Lengths about the edges of a sealed chunk of 8 KiB, and a few contents that a careless reader would change. */
const VALUES: readonly (readonly [what: string, value: Buffer])[] = [
  ["no byte", Buffer.alloc(0)],
  ["one NUL", Buffer.alloc(1)],
  ["NUL bytes at both ends", Buffer.from("\0a\0")],
  ["invalid UTF-8", Buffer.from([0xff, 0xfe, 0xc0, 0xaf, 0xed, 0xa0, 0x80])],
  ["a newline at the end", Buffer.from("value\n")],
  ["nothing but newlines", Buffer.from("\r\n\n")],
  ["spaces at both ends", Buffer.from(" value\t ")],
  ["a byte order mark", Buffer.from("\ufeffvalue")],
  ...[8_191, 8_192, 8_193, 16_383, 16_384, 16_385].map((n) => [`${n} bytes`, mixed(n)] as const),
  ["1 MiB", mixed(MIB)],
];

describe("B31: a value is returned bit by bit as it was given", () => {
  it.each(VALUES)("%s", async (_what, value) => {
    using administrator = await agent().administrator();
    const version = await set(administrator, "exact", value);
    const reply = await administrator.request({ v: 1, id: 1, verb: "get", name: "exact", admin: true });
    expect(reply.header.get("version")).toBe(version);
    expect(reply.payload.equals(value)).toBe(true);
  });

  const delicate = ["no byte", "one NUL", "invalid UTF-8", "a newline at the end", "1 MiB"];

  it.each(VALUES.filter(([what]) => delicate.includes(what)))(
    "%s, by the command line",
    async (_what, value) => {
      const { sandbox } = agent();
      using administrator = await agent().administrator();
      await grant(administrator, "cli/exact", { uids: [process.getuid?.() ?? 0] });
      await sandbox.set("cli/exact", value);
      expect((await sandbox.ok(["get", "cli/exact"])).stdout.equals(value)).toBe(true);
    },
  );

  it("after a lock and an unlock too", async () => {
    const { sandbox } = agent();
    using administrator = await agent().administrator();
    for (const [i, [, value]] of VALUES.entries()) await set(administrator, `kept/v${i}`, value);
    await sandbox.ok(["lock"]);
    await sandbox.ok(["unlock"], { passphrase: PASSPHRASE });
    using reader = await agent().administrator();
    for (const [i, [what, value]] of VALUES.entries()) {
      const reply = await reader.request({ v: 1, id: 1, verb: "get", name: `kept/v${i}`, admin: true });
      expect(reply.payload.equals(value), what).toBe(true);
    }
  });
});

describe("B31: a value of 1 MiB + 1 byte is too large, and the one before it stays", () => {
  it("on the wire", async () => {
    using administrator = await agent().administrator();
    await set(administrator, "bounded", Buffer.from("before"));
    administrator.send(frame({ v: 1, id: 2, verb: "set", name: "bounded" }, mixed(MIB + 1)).subarray(0, 8));
    expect((await administrator.reply())?.header.get("error")).toBe("too-large");
    await administrator.untilClosed();
    await expectBounded();
  });

  it("by the command line", async () => {
    const { sandbox } = agent();
    const more = { input: mixed(MIB + 1), passphrase: PASSPHRASE };
    const result = await sandbox.agent(["set", "bounded", "--stdin"], more);
    expect(result.status).toBe(2);
    expect(result.stderr).toMatch(/^agent: error: /);
    await expectBounded();
  });

  async function expectBounded(): Promise<void> {
    using administrator = await agent().administrator();
    const reply = await administrator.request({ v: 1, id: 1, verb: "get", name: "bounded", admin: true });
    expect(reply.payload.toString()).toBe("before");
    await agent().expectAlive();
  }
});
