/** A passphrase is bytes: used exactly as given, never normalised, cut or taken for text. */
import { randomBytes } from "node:crypto";
import { expect, it } from "vitest";
import { Asker, codeOf } from "../support/asker.ts";
import { frame, RawConnection } from "../support/raw-connection.ts";
import { PASSPHRASE, Sandbox } from "../support/sandbox.ts";

const LIMIT = 1024;
const NFC = Buffer.from("pa\u00dfword \u00e9l\u00e8ve".normalize("NFC"));
const NFD = Buffer.from(NFC.toString().normalize("NFD"));

/** What opens a slot, and what is nearly the same and does not. */
const CASES: readonly (readonly [name: string, right: Buffer, wrong: readonly Buffer[]])[] = [
  [
    "NUL bytes",
    Buffer.from("before\0after the NUL"),
    [Buffer.from("before"), Buffer.from("before\0after the NULL")],
  ],
  [
    "bytes that are not UTF-8",
    Buffer.from("ff80c0af00feff8181818181", "hex"),
    [Buffer.from("\ufffd".repeat(12))],
  ],
  ["composed letters", NFC, [NFD]],
  [
    "white space around it",
    Buffer.from(" a passphrase \t\r\n"),
    [Buffer.from("a passphrase"), Buffer.from(" a passphrase \t\r")],
  ],
  ["the longest length", randomBytes(LIMIT), []],
];

it.each(CASES)("B67: %s are used as given", async (_, right, wrong) => {
  await using sandbox = await Sandbox.start({ init: false });
  using asker = await Asker.open(sandbox.socket);
  await asker.must("init", { recovery: false }, right);
  await asker.must("lock");
  for (const near of wrong) expect(codeOf(await asker.ask("unlock", {}, near))).toBe("wrong-passphrase");
  await asker.must("unlock", {}, right);
  await asker.must("lock");
  // The command line leaves out one newline at the end, which echo(1) and editors add, and nothing else.
  const given = Buffer.concat([right, Buffer.from("\n")]);
  expect((await sandbox.agent(["unlock"], { passphrase: given })).status).toBe(0);
});

it("B67: an empty one makes no vault and opens none", async () => {
  await using sandbox = await Sandbox.start({ init: false });
  using asker = await Asker.open(sandbox.socket);
  expect(codeOf(await asker.ask("init", { recovery: false }))).toBe("bad-request");
  expect((await sandbox.agent(["init", "--weak-passphrase"], { passphrase: "" })).status).toBe(2);
  expect((await asker.must("status")).header.get("state")).toBe("uninitialised");
  await asker.must("init", { recovery: false }, Buffer.from(PASSPHRASE));
  await asker.must("lock");
  expect(codeOf(await asker.ask("unlock"))).toBe("wrong-passphrase");
});

it.each([LIMIT + 1, 1024 * LIMIT])("B67: one of %i bytes is refused before it is read", async (length) => {
  await using sandbox = await Sandbox.start({ init: false });
  const long = randomBytes(length);
  using raw = await RawConnection.open(sandbox.socket);
  const start = frame({ v: 1, id: 1, verb: "init", recovery: false }, long).subarray(0, -length);
  raw.send(start); // the payload itself is never sent
  const reply = await raw.reply();
  expect(reply && codeOf(reply)).toBe("too-large");
  const { status, stderr } = await sandbox.agent(["init", "--no-recovery"], { passphrase: long });
  expect([status, stderr]).toEqual([2, expect.stringContaining("more than")]);
});
