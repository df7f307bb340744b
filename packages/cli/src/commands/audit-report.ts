import { agentLocations, SottoError } from "@sotto/client";
import { asAdministrator } from "../administrator.ts";
import { userNames } from "../audit/users.ts";
import type { Call } from "../call.ts";
import { askStatus, withAgent } from "../connection.ts";
import { describe } from "../failure/describe.ts";
import { EXIT, Failure, usage } from "../failure/failure.ts";
import { answerEither, note } from "../output/tell.ts";
import { collect } from "../report/collect.ts";
import { page } from "../report/page.ts";
import { periodOf } from "../report/period.ts";
import { refuseExisting, save } from "../report/save.ts";
import type { AllNames } from "../report/unfetched.ts";
import { readNames } from "../read-names.ts";

export interface ReportOptions {
  readonly html?: string;
  /** Milliseconds since 1970. */
  readonly since?: number;
  readonly force?: boolean;
}

const FORTNIGHT_MS = 14 * 86_400_000;

/** `agent audit report --html FILE`: one page that needs nothing else. */
export async function run(call: Call<ReportOptions>): Promise<void> {
  const { html: file, since, force = false } = call.options;
  if (file === undefined || file === "")
    throw usage("the file for the page is missing", "name one: --html FILE");
  if (!force) refuseExisting(file); // before anybody types a passphrase
  const now = Date.now();
  const from = since ?? now - FORTNIGHT_MS;
  if (from >= now) throw usage("--since lies in the future");
  const { home } = agentLocations({ home: call.options.home, socket: call.options.socket });
  const findings = collect(home, periodOf(from, now), userNames());
  const names = await allNames(call);
  const text = page(findings, names);
  save(file, text, force);
  if ("unknown" in names) note(call, `names of all secrets are not known: ${names.unknown}`);
  answerEither(call, { file, bytes: Buffer.byteLength(text), lines: findings.lines }, file);
}

/** The names of all secrets, where the agent is unlocked and somebody proves to be an administrator. */
async function allNames(call: Call): Promise<AllNames> {
  try {
    const { state } = await withAgent(call, askStatus);
    if (state !== "unlocked") return { unknown: `the agent is ${state}` };
    return { names: await asAdministrator(call, (client) => readNames(client, undefined, true)) };
  } catch (error) {
    // who gave a passphrase meant it to be used
    if (call.options.passphraseFd !== undefined && !isUnreachable(error)) throw error;
    if (error instanceof SottoError || (error instanceof Failure && error.exit !== EXIT.failed))
      return { unknown: describe(error).text };
    throw error;
  }
}

const isUnreachable = (error: unknown): boolean =>
  error instanceof SottoError && (error.code === "unreachable" || error.code === "timeout");
