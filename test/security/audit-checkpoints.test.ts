/** An open vault vouches for the audit: after its unlock, before its lock, and whoever has not its key cannot. */
import { expect, it } from "vitest";
import { Asker, codeOf } from "../support/asker.ts";
import { auditTexts, firstBadLine, type Line, linesOf } from "../support/audit-lines.ts";
import { DirectAgent } from "../support/direct-agent.ts";
import { PASSPHRASE, Sandbox } from "../support/sandbox.ts";

/** `verb: note` of each line. */
const story = ({ home }: Sandbox): string[] =>
  linesOf(auditTexts(home)).map(({ verb, note }) =>
    [verb, note].filter((part) => typeof part === "string").join(": "),
  );

interface Checkpoint {
  readonly head: string;
  readonly mac: string;
  readonly key: string;
}

/** All checkpoints, each with the head of the chain before it. */
function checkpointsOf({ home }: Sandbox): Checkpoint[] {
  const lines = linesOf(auditTexts(home));
  const text = (line: Line | undefined, key: string): string => String(line?.[key]);
  return lines.flatMap((line, i) =>
    line["verb"] === "checkpoint"
      ? [{ head: text(lines[i - 1], "chain"), mac: text(line, "mac"), key: text(line, "key") }]
      : [],
  );
}

async function check(
  asker: Asker,
  checkpoints: readonly Checkpoint[],
): Promise<{ key: unknown; good: unknown }> {
  const asked = checkpoints.map(({ head, mac }) => ({ head, mac }));
  const { header } = await asker.must("audit-check", { checkpoints: asked });
  return { key: header.get("key"), good: header.get("good") };
}

it("B112: checkpoints are good under the vault's key, forged ones are not, and a new file key is another key", async () => {
  await using sandbox = await Sandbox.start();
  using asker = await Asker.proved(sandbox.socket, PASSPHRASE);
  await asker.must("lock");
  await asker.must("unlock", {}, Buffer.from(PASSPHRASE));
  const made = checkpointsOf(sandbox);
  expect(made).toHaveLength(3); // init, lock, unlock
  const [first] = made as [Checkpoint];
  const other = "00".repeat(32);
  const forged = [
    { ...first, head: other },
    { ...first, mac: other },
    { ...first, mac: first.mac.slice(2) },
  ];
  const { key, good } = await check(asker, [...made, ...forged]);
  expect(new Set(made.map((one) => one.key))).toEqual(new Set([key]));
  expect(good).toEqual([true, true, true, false, false, false]);

  await asker.must("passwd", {}, Buffer.from("another passphrase"));
  const after = await check(asker, [...made, ...checkpointsOf(sandbox).slice(-1)]);
  expect(after.key).not.toBe(key);
  expect(after.good).toEqual([false, false, false, true]);
  expect(checkpointsOf(sandbox).at(-1)?.key).toBe(after.key);
});

it("B112: the key is told to nobody but administrators with a passphrase, and only while it is there", async () => {
  await using sandbox = await Sandbox.start({ config: { ticket: "0" } });
  using asker = await Asker.open(sandbox.socket);
  expect(codeOf(await asker.ask("audit-check", { checkpoints: [] }))).toBe("auth-required");
  await asker.must("lock");
  expect(codeOf(await asker.ask("audit-check", { checkpoints: [] }))).toBe("locked");
});

it("B107: what locks by itself is on record, after a checkpoint: time to live, no use, a signal", async () => {
  await using sandbox = new Sandbox({ config: { lockAfter: "2s" } });
  const agent = await DirectAgent.start(sandbox);
  using asker = await Asker.open(sandbox.socket);
  const ended = (): string[] => story(sandbox).slice(-2);
  await asker.must("init", { recovery: false }, Buffer.from(PASSPHRASE));
  await expect.poll(ended, { timeout: 20_000 }).toEqual(["checkpoint", "lock: it was not used"]);
  await asker.must("unlock", { ttlMs: 1_000 }, Buffer.from(PASSPHRASE));
  await expect.poll(ended, { timeout: 20_000 }).toEqual(["checkpoint", "lock: its time was over"]);
  await asker.must("unlock", {}, Buffer.from(PASSPHRASE));
  await asker.must("lock");
  expect(ended()).toEqual(["checkpoint", "lock"]);
  await asker.must("lock");
  expect(ended()).toEqual(["lock", "lock"]);
  await asker.must("unlock", {}, Buffer.from(PASSPHRASE));
  await agent.end("SIGTERM");
  expect(story(sandbox).slice(-3)).toEqual(["checkpoint", "lock: the agent ends", "stop: SIGTERM"]);
  expect(linesOf(auditTexts(sandbox.home)).filter(({ verb }) => verb === "checkpoint")).toHaveLength(8);
  expect(firstBadLine(auditTexts(sandbox.home))).toBeUndefined();
});

it("an agent that others may look into says so in the record of its start", async () => {
  await using sandbox = new Sandbox();
  await using agent = await DirectAgent.start(sandbox, ["--unhardened"]);
  await agent.end();
  await using next = await DirectAgent.start(sandbox);
  await next.end();
  const starts = story(sandbox).filter((line) => line.startsWith("start"));
  expect(starts).toEqual([expect.stringMatching(/, unhardened$/), expect.not.stringContaining("unhardened")]);
});
