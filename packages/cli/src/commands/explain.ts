import type { Client, ReplyOf } from "@sotto/client";
import type { DecisionKind, Operation, RuleInfo, RuleVerdict } from "@sotto/client/protocol";
import { ERRORS } from "@sotto/client/protocol";
import { asAdministrator } from "../administrator.ts";
import type { Call } from "../call.ts";
import type { Texts } from "../failure/rephrase.ts";
import { ADMINISTRATORS_ONLY } from "../failure/rephrase.ts";
import type { Judged } from "../output/explanation.ts";
import { decisionText, verdictText } from "../output/explanation.ts";
import { allPages } from "../output/pages.ts";
import { peerText } from "../output/peer.ts";
import { readRules } from "../output/rules.ts";
import { answerEither, note } from "../output/tell.ts";
import { rfc3339 } from "../output/time.ts";
import { nameOperand } from "../parse/operands.ts";
import type { Asked, PeerOptions } from "../parse/peer.ts";
import { askedPeer } from "../parse/peer.ts";

export interface ExplainOptions extends PeerOptions {
  readonly may?: Operation;
  /** Milliseconds since 1970. */
  readonly at?: number;
}

const TEXTS: Texts = {
  ...ADMINISTRATORS_ONLY,
  "not-found": ["there is no process of that id", "it may have ended; describe it with --user, --unit, ..."],
};

const EXITS: { readonly [D in DecisionKind]: number } = {
  allowed: 0,
  denied: ERRORS.denied.exit,
  "rate-limited": ERRORS["rate-limited"].exit,
};

/** `agent explain NAME ...`: how a fetch would be decided, and why. The exit status is that which the fetch would have. */
export async function run(call: Call<ExplainOptions>): Promise<void> {
  const name = nameOperand(call);
  const { may: operation = "get", at } = call.options;
  const asked = await askedPeer(call.options);
  const question = { name, operation, at };
  const answers = await asAdministrator(call, (client) => ask(client, question, asked), TEXTS);
  const told = outcome(answers, question, {
    peer: answers.reply.peer,
    live: "pid" in asked,
    token: call.options.token,
    time: at ?? Date.now(),
  });
  answerEither(call, told.document, told.text);
  for (const one of asked.notes) note(call, one);
  if (operation === "set" && told.document.decision === "denied")
    note(call, "an administrator who proves the passphrase may set it without a rule");
  process.exitCode = EXITS[told.document.decision];
}

/** The answer for programs and for people. Without such a secret what is allowed is denied all the same. */
function outcome({ reply, verdicts, rules }: Answers, { name, operation, at }: Question, judged: Judged) {
  const missing = operation === "get" && !reply.exists;
  const told = verdicts.map((verdict) => ({
    ...verdict,
    reason: verdictText(
      verdict,
      rules.find(({ id }) => id === verdict.rule),
      judged,
    ),
  }));
  const decision: DecisionKind = missing ? "denied" : reply.decision;
  const lines = [
    decisionText(reply.decision, verdicts, { missing, uid: reply.peer.uid }),
    `judged: ${peerText(reply.peer)}${at === undefined ? "" : `, at ${rfc3339(at)}`}`,
    ...told.map(({ rule, reason }) => `rule ${rule}: ${reason}`),
  ];
  return {
    document: { name, operation, decision, exists: reply.exists, peer: reply.peer, rules: told },
    text: lines.join("\n"),
  };
}

interface Answers {
  readonly reply: ReplyOf<"explain">;
  readonly verdicts: readonly RuleVerdict[];
  readonly rules: readonly RuleInfo[];
}

interface Question {
  readonly name: string;
  readonly operation: Operation;
  readonly at: number | undefined;
}

/** The decision is that of the last page: it is made anew for each. */
async function ask(client: Client, question: Question, asked: Asked): Promise<Answers> {
  const whom = "pid" in asked ? { pid: asked.pid } : { peer: asked.peer };
  let reply: ReplyOf<"explain"> | undefined;
  const verdicts = await allPages(
    async (after) => {
      reply = (await client.request("explain", { ...question, ...whom, after })).fields;
      return { items: reply.rules, more: reply.more };
    },
    ({ rule }) => rule,
  );
  if (reply === undefined) throw new Error("no page");
  return { reply, verdicts, rules: await readRules(client, question.name) };
}
