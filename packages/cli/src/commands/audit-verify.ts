import type { Client } from "@sotto/client";
import { agentLocations, SottoError } from "@sotto/client";
import { asAdministrator } from "../administrator.ts";
import type { Judge } from "../audit/checkpoints.ts";
import { faultText } from "../audit/fault-text.ts";
import { CURRENT } from "../audit/files.ts";
import { placeText } from "../audit/place.ts";
import type { Verification } from "../audit/verify.ts";
import { verify } from "../audit/verify.ts";
import type { Call } from "../call.ts";
import { askStatus, withAgent } from "../connection.ts";
import { EXIT, Failure } from "../failure/failure.ts";
import { answerEither, note, warn } from "../output/tell.ts";
import { rfc3339 } from "../output/time.ts";

export interface VerifyOptions {
  readonly chainOnly?: boolean;
}

/** `agent audit verify`: exit 1 when anything is wrong, and the first bad line is named. */
export async function run(call: Call<VerifyOptions>): Promise<void> {
  const { home } = agentLocations({ home: call.options.home, socket: call.options.socket });
  const { found, nobody } = await look(call, home);
  if (found.fault === undefined || call.options.json === true)
    answerEither(call, document(found, nobody), text(found));
  warnings(call, found, nobody);
  if (found.fault === undefined) return;
  if (call.options.json !== true) throw new Failure(EXIT.failed, faultText(found.fault), upTo(found));
  process.exitCode = EXIT.failed;
}

interface Look {
  readonly found: Verification;
  /** Why nobody judged the checkpoints. */
  readonly nobody: string | undefined;
}

async function look(call: Call<VerifyOptions>, home: string): Promise<Look> {
  const nobody = await whyNobody(call);
  if (nobody !== undefined) return { found: await verify(home), nobody };
  try {
    const found = await asAdministrator(call, async (client) => verify(home, await judge(client)));
    return { found, nobody };
  } catch (error) {
    if (!(error instanceof SottoError) || error.code !== "audit-failed") throw error;
    return { found: await withoutRecord(home), nobody: "the agent cannot write its audit" };
  }
}

/** The agent puts nothing on record because the file is not what it left, or takes nothing: that alone is a fault. */
async function withoutRecord(home: string): Promise<Verification> {
  const found = await verify(home);
  return { ...found, fault: found.fault ?? { file: CURRENT, line: 0, kind: "not-as-left" } };
}

/** Why the checkpoints cannot be judged; undefined when an agent can. */
async function whyNobody(call: Call<VerifyOptions>): Promise<string | undefined> {
  if (call.options.chainOnly === true) return "--chain-only";
  try {
    const { state } = await withAgent(call, askStatus);
    return state === "unlocked" ? undefined : `the agent is ${state}`;
  } catch (error) {
    if (!(error instanceof SottoError) || (error.code !== "unreachable" && error.code !== "timeout"))
      throw error;
    return "no agent answers";
  }
}

/**
 * The first question is asked before the audit is read: the agent puts it on record, so that lines which were cut
 * off the end of the file show as a gap before that record.
 */
async function judge(client: Client): Promise<Judge> {
  const { key } = (await client.request("audit-check", { checkpoints: [] })).fields;
  return {
    key,
    check: async (checkpoints) => (await client.request("audit-check", { checkpoints })).fields.good,
  };
}

function text({ lines, files, checkpoints }: Verification): string {
  const chain = `the chain is unbroken: ${lines} lines in ${files} ${files === 1 ? "file" : "files"}`;
  if (checkpoints === undefined) return chain;
  const { lastGood } = checkpoints;
  if (lastGood === undefined) return `${chain}\nno checkpoint of the present key vouches for it`;
  const rest = lines - lastGood.lines;
  return [
    chain,
    `a good checkpoint vouches for every line up to ${placeText(lastGood)} (${rfc3339(lastGood.time)})`,
    rest === 0
      ? "no line comes after it"
      : `${rest} ${rest === 1 ? "line after it rests" : "lines after it rest"} on the chain alone`,
  ].join("\n");
}

/** What is good before the first fault. */
function upTo({ lines, checkpoints }: Verification): string {
  const lastGood = checkpoints?.lastGood;
  const vouched =
    lastGood === undefined ? "" : `; a good checkpoint vouches for every line up to ${placeText(lastGood)}`;
  return `${lines} lines before it are a chain without a break${vouched}`;
}

function warnings(call: Call, { torn, checkpoints }: Verification, nobody: string | undefined): void {
  if (torn > 0) note(call, `${torn} incomplete lines, which the agent itself noted after a crash`);
  if (nobody !== undefined) {
    warn(
      `only the chain was checked (${nobody}): who can write the files could have made it anew, or cut off its end`,
    );
  } else if (checkpoints !== undefined && checkpoints.good === 0) {
    warn("there is no checkpoint of the present key: only the chain was checked");
  }
  if (checkpoints !== undefined && checkpoints.otherKey > 0)
    note(
      call,
      `${checkpoints.otherKey} checkpoints of an earlier key, as left by the removal of a slot, could not be checked`,
    );
}

function document(
  { lines, files, torn, fault, checkpoints }: Verification,
  nobody: string | undefined,
): object {
  const lastGood = checkpoints?.lastGood;
  return {
    ok: fault === undefined,
    lines,
    files,
    torn,
    fault: fault === undefined ? null : { ...fault, text: faultText(fault) },
    checkpoints: {
      checked: checkpoints !== undefined,
      unchecked: nobody ?? null,
      good: checkpoints?.good ?? 0,
      otherKey: checkpoints?.otherKey ?? 0,
      lastGood:
        lastGood === undefined
          ? null
          : { file: lastGood.file, line: lastGood.line, time: new Date(lastGood.time).toISOString() },
    },
  };
}
