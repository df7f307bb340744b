import { SottoError } from "@sotto/client";
import type { Identity, Narrowing, Operation, Rate } from "@sotto/client/protocol";
import { isNobody } from "@sotto/client/protocol";
import { asAdministrator } from "../administrator.ts";
import type { Call } from "../call.ts";
import { programRefusal } from "../failure/program-refusal.ts";
import { usage } from "../failure/failure.ts";
import { groupId, userId } from "../identity.ts";
import { loadPlatform } from "../platform/index.ts";
import { answerEither, checkDurable } from "../output/tell.ts";
import { selectorOperand } from "../parse/operands.ts";

interface IdentityOptions {
  readonly user?: readonly string[];
  readonly uid?: readonly number[];
  readonly group?: readonly string[];
  readonly gid?: readonly number[];
  readonly sid?: readonly string[];
  readonly unit?: readonly string[];
  readonly token?: readonly string[];
}

interface NarrowingOptions {
  readonly exe?: readonly string[];
  readonly allowInterpreter?: boolean;
  readonly sha256?: readonly string[];
  readonly ancestor?: readonly string[];
  readonly window?: readonly string[];
  readonly rate?: Rate;
  readonly once?: boolean;
  /** Milliseconds since 1970. */
  readonly expires?: number;
}

export interface GrantOptions extends IdentityOptions, NarrowingOptions {
  readonly may?: readonly Operation[];
}

/** `agent grant SELECTOR IDENTITY... [NARROWING...]`: makes a rule and prints its id. */
export async function run(call: Call<GrantOptions>): Promise<void> {
  const selector = selectorOperand(call);
  const narrowing = readNarrowing(call.options);
  const identity = await readIdentity(call.options);
  const rule = { selector, may: call.options.may ?? ["get"], ...identity, ...narrowing };
  try {
    const { fields } = await asAdministrator(call, (client) => client.request("grant", rule));
    answerEither(call, { rule: fields.rule }, fields.rule);
    checkDurable(fields);
  } catch (error) {
    const programs = [...(narrowing.exes ?? []), ...(narrowing.ancestors ?? [])];
    throw (error instanceof SottoError && programRefusal(error.details, programs)) || error;
  }
}

async function readIdentity(options: IdentityOptions): Promise<Identity> {
  const { user, uid: uids, group, gid: gids, sid, unit: units, token: tokens } = options;
  if ([user, uids, group, gids, sid, units, tokens].every((kind) => kind === undefined))
    throw usage(
      "a rule needs somebody whom it is for",
      "name them with --user, --uid, --group, --gid, --unit or --token",
    );
  const { sidOf } = await loadPlatform();
  if (sidOf !== undefined) {
    if (group !== undefined)
      throw usage("on Windows a rule is for accounts, not for groups", "name them with --user or --sid");
    return { uids, gids, sids: readSids(sidOf, user, sid), units, tokens };
  }
  const users = await withIds(user, userId);
  refuseNobody([...(uids ?? []), ...(users ?? []).map(({ id }) => id)]);
  if (users && uids && !users.some(({ id }) => uids.includes(id)))
    throw usage(
      "no process has both one of these users and one of these uids, and different kinds must all match",
      "name all of them with --user, or all with --uid",
    );
  return {
    uids,
    users,
    gids,
    groups: await withIds(group, groupId),
    sids: sid?.map((one) => ({ sid: one })),
    units,
    tokens,
  };
}

/** The agent serves this uid never, whatever a rule says: every user of a foreign namespace has it. */
function refuseNobody(uids: readonly number[]): void {
  const nobody = uids.find(isNobody);
  if (nobody === undefined) return;
  throw usage(
    `uid ${nobody} (nobody) is never served, so a rule for it would match nobody`,
    "give the job a user of its own",
  );
}

/** On Windows a user is a SID as well: both options fill the same list. */
function readSids(
  sidOf: (account: string) => string | undefined,
  users: readonly string[] = [],
  sids: readonly string[] = [],
): Identity["sids"] {
  const named = users.map((name) => {
    const sid = sidOf(name);
    if (sid !== undefined) return { sid, name };
    throw usage(
      "there is no account of that name on this machine",
      String.raw`name it DOMAIN\NAME; whoami /user shows one's own`,
    );
  });
  const all = [...sids.map((sid) => ({ sid })), ...named];
  return all.length === 0 ? undefined : all;
}

async function withIds(
  names: readonly string[] | undefined,
  look: (name: string) => Promise<number>,
): Promise<Identity["users"]> {
  return names && Promise.all(names.map(async (name) => ({ name, id: await look(name) })));
}

function readNarrowing(options: NarrowingOptions): Narrowing {
  const { exe: exes, sha256: sha256s, ancestor: ancestors, window: windows, rate, once, expires } = options;
  const interpreter = options.allowInterpreter;
  if (interpreter === true && exes === undefined && ancestors === undefined)
    throw usage("--allow-interpreter belongs to --exe", "name the interpreter with --exe PATH");
  if (expires !== undefined && expires <= Date.now())
    throw usage("--expires is in the past", "give it a time to come; date shows what time it is");
  return { exes, interpreter, sha256s, ancestors, windows, rate, once, expires };
}
