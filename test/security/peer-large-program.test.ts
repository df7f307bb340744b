/** Programs are hashed for whoever a rule is for: not so large ones that others would have to wait. */
import { createHash } from "node:crypto";
import { readFileSync, truncateSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeEach, expect, it } from "vitest";
import { Asker } from "../support/asker.ts";
import { setpriv } from "../support/other-process.ts";
import { peerRules } from "../support/peer-rules.ts";
import { askManyByPerl } from "../support/perl-client.ts";
import { needsPrograms, needsRoot } from "../support/requirements.ts";

const UIDS = [64_244, 64_344];
const CONNECTIONS_EACH = 25;
const MIB = 1024 * 1024;
/** 200 ms is what it takes of a machine to itself; it shares two cores here. */
const PATIENCE_MS = 1_500;
const rules = peerRules();
beforeEach(needsRoot);
beforeEach((context) => needsPrograms(context, "perl", "setpriv"));

const sha256Of = (file: string): string => createHash("sha256").update(readFileSync(file)).digest("hex");

/** All connections are there before the first asks. */
const ASK_ON_ALL = `
  my @all = map { dial() } 1 .. ${String(CONNECTIONS_EACH)};
  syswrite($_, pack("H*", $request)) for @all;
  for my $socket (@all) { $request = ""; tell_test(ask($socket)) }`;

it("B44: a sparse program of 2 GiB on 50 connections at once is denied, and nobody else waits", async () => {
  const program = rules.folder.program("huge");
  truncateSync(program, 2048 * MIB);
  await rules.under({ uids: UIDS, sha256s: ["0".repeat(64)] }, async () => {
    const clientsAt = { work: true };
    const clients = UIDS.map((uid) =>
      askManyByPerl({
        program,
        socket: rules.agent().sandbox.socket,
        name: rules.name,
        body: ASK_ON_ALL,
        become: setpriv(uid),
      }),
    );
    const all = Promise.all(clients).finally(() => (clientsAt.work = false));
    const waits: number[] = [];
    using other = await Asker.open(rules.agent().sandbox.socket);
    do {
      const began = performance.now();
      await other.must("get", { name: "probe/alive" });
      waits.push(performance.now() - began);
      await sleep(5);
    } while (clientsAt.work);
    const heard = (await all).flat();
    expect(heard).toHaveLength(UIDS.length * CONNECTIONS_EACH);
    for (const each of heard) rules.judgeDenied(each);
    expect(Math.max(...waits), "milliseconds of another's fetch").toBeLessThan(PATIENCE_MS);
  });
});

it("B44: the limit is on the size: just below it the right hash lets in, above it not", async () => {
  const program = rules.folder.program("large");
  for (const [size, allowed] of [
    [64 * MIB, true],
    [64 * MIB + 1, false],
  ] as const) {
    truncateSync(program, size);
    await rules.under({ uids: UIDS, sha256s: [sha256Of(program)] }, async () => {
      const heard = await rules.ask({ program, become: setpriv(UIDS[0] ?? 0) });
      if (allowed) expect(heard.payload.toString()).toBe(rules.value);
      else rules.judgeDenied(heard);
    });
  }
});
