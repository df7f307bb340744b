/** What was answered is on record: an agent that is killed the moment its reply arrives has written the line before. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { Asker, codeOf } from "../support/asker.ts";
import { auditTexts, firstBadLine, type Line, linesOf } from "../support/audit-lines.ts";
import { DirectAgent } from "../support/direct-agent.ts";
import { PASSPHRASE, Sandbox } from "../support/sandbox.ts";

/** 500 take minutes: `npm run test:audit-kills`. */
const KILLS = process.env["SLOW"] === "1" ? 500 : 50;
/** Two agents at a time: one waits for its key derivation while the other is started. */
const LANES = 2;
/** Connections that ask all the time. */
const CROWD = 20;
const PATIENCE_MS = 900_000;

it(
  `B107: ${String(KILLS)} kills right after a reply: each time its line is there, whole and chained`,
  async ({ annotate }) => {
    const rounds = Array.from({ length: KILLS }, (_, i) => i);
    await Promise.all(
      Array.from({ length: LANES }, (_, lane) => killAll(rounds.filter((round) => round % LANES === lane))),
    );
    await annotate(`${String(KILLS)} kills right after a reply`, "figure");
  },
  PATIENCE_MS,
);

it(
  `B107: ${String(KILLS / 5)} kills while ${String(CROWD)} ask at once: whatever was answered has its line`,
  async ({ annotate }) => {
    await using sandbox = await made();
    for (let round = 0; round < KILLS / 5; round++) await killAmong(sandbox, round);
    await using agent = await DirectAgent.start(sandbox); // closes a torn line
    expect(firstBadLine([wholeLines(sandbox).join("\n")])).toBeUndefined();
    await agent.end();
    await annotate(`${String(KILLS / 5)} kills in the middle of many requests`, "figure");
  },
  PATIENCE_MS,
);

/** Refusals: each has a name of its own. The agent is killed by whoever is the one too many to be answered. */
async function killAmong(sandbox: Sandbox, round: number): Promise<void> {
  await using agent = await DirectAgent.start(sandbox);
  using administrator = await Asker.open(sandbox.socket);
  await administrator.must("unlock", {}, Buffer.from(PASSPHRASE));
  const answered: string[] = [];
  const askOn = async (_: unknown, lane: number): Promise<void> => {
    using asker = await Asker.open(sandbox.socket);
    for (let i = 0; ; i++) {
      const name = `kill/r${String(round)}/l${String(lane)}/n${String(i)}`;
      const reply = await asker.ask("get", { name }).catch(() => undefined);
      if (reply === undefined) return;
      expect(codeOf(reply)).toBe("denied");
      answered.push(name);
      if (answered.length === CROWD * 5 + 7 * round) process.kill(agent.pid, "SIGKILL");
    }
  };
  await Promise.all(Array.from({ length: CROWD }, askOn));
  await agent.end();
  const recorded = new Set(linesOf([`${wholeLines(sandbox).join("\n")}\n`]).map(({ name }) => name));
  expect(answered.length).toBeGreaterThanOrEqual(CROWD * 5);
  expect(answered.filter((name) => !recorded.has(name))).toEqual([]);
}

/** A kill may tear the last of several lines that are written in one piece; nobody has been answered then. */
const wholeLines = ({ home }: Sandbox): string[] =>
  readFileSync(join(home, "audit.jsonl"), "utf8")
    .split("\n")
    .filter((line) => /,"chain":"[0-9a-f]{64}"\}$/.test(line));

/** One request, and the last line that it must leave. */
interface Shot {
  readonly unlocked: boolean;
  readonly ask: (asker: Asker, name: string) => ReturnType<Asker["ask"]>;
  readonly answer: string;
  /** Lines that it adds, one unless given. */
  readonly lines?: number;
  readonly line: (name: string) => Line;
}

const denied = (name: string): Line => ({ verb: "get", result: "denied", name });
/** Those that need no key derivation come more often: they are quick. */
const SHOTS: readonly Shot[] = [
  {
    unlocked: false,
    ask: (asker, name) => asker.ask("get", { name }),
    answer: "locked",
    line: (name) => ({ verb: "get", result: "locked", name }),
  },
  {
    unlocked: false,
    ask: (asker) => asker.ask("lock"),
    answer: "ok",
    line: () => ({ verb: "lock", result: "allowed" }),
  },
  {
    unlocked: true,
    ask: (asker) => asker.ask("get", { name: "kill/known" }),
    answer: "ok",
    line: () => ({ verb: "get", result: "allowed", name: "kill/known" }),
  },
  {
    unlocked: false,
    ask: (asker, name) => asker.ask("get", { name }),
    answer: "locked",
    line: (name) => ({ verb: "get", result: "locked", name }),
  },
  { unlocked: true, ask: (asker, name) => asker.ask("get", { name }), answer: "denied", line: denied },
  {
    unlocked: true,
    ask: (asker, name) => asker.ask("set", { name }, Buffer.from("a value")),
    answer: "ok",
    line: (name) => ({ verb: "set", result: "allowed", name }),
  },
  {
    unlocked: false,
    ask: (asker) => asker.ask("unlock", {}, Buffer.from(PASSPHRASE)),
    answer: "ok",
    lines: 2, // the unlock, and the checkpoint right after it
    line: () => ({ verb: "checkpoint", result: "allowed" }),
  },
];

async function killAll(rounds: readonly number[]): Promise<void> {
  await using sandbox = await made();
  for (const round of rounds) {
    const shot = SHOTS[Math.floor(round / LANES) % SHOTS.length] as Shot;
    await killAfter(sandbox, shot, `kill/n${String(round)}`);
  }
  const texts = auditTexts(sandbox.home);
  expect(firstBadLine(texts)).toBeUndefined();
  const starts = linesOf(texts).filter(({ verb }) => verb === "start");
  expect(starts).toHaveLength(rounds.length + 1);
}

async function killAfter(sandbox: Sandbox, shot: Shot, name: string): Promise<void> {
  await using agent = await DirectAgent.start(sandbox);
  using asker = await Asker.open(sandbox.socket);
  if (shot.unlocked) await asker.must("unlock", {}, Buffer.from(PASSPHRASE));
  const before = lineCount(sandbox);
  const reply = await shot.ask(asker, name);
  process.kill(agent.pid, "SIGKILL");
  await agent.end();
  expect(codeOf(reply), name).toBe(shot.answer);
  const added = linesOf([readFileSync(join(sandbox.home, "audit.jsonl"), "utf8")]).slice(before);
  expect(added.at(-1), name).toMatchObject(shot.line(name));
  expect(added, name).toHaveLength(shot.lines ?? 1);
}

const lineCount = ({ home }: Sandbox): number =>
  readFileSync(join(home, "audit.jsonl"), "latin1").split("\n").length - 1;

/** A home with a vault, one secret and one rule, and no agent. */
async function made(): Promise<Sandbox> {
  const sandbox = new Sandbox();
  await using agent = await DirectAgent.start(sandbox);
  using asker = await Asker.open(sandbox.socket);
  await asker.must("init", { recovery: false }, Buffer.from(PASSPHRASE));
  await asker.must("set", { name: "kill/known" }, Buffer.from("a value"));
  await asker.must("grant", { selector: "kill/known", may: ["get"], uids: [process.getuid?.() ?? 0] });
  await agent.end();
  return sandbox;
}
