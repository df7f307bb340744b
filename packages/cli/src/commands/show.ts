import type { ReplyOf } from "@sotto/client";
import type { LastFetch, RuleInfo } from "@sotto/client/protocol";
import { asAdministrator } from "../administrator.ts";
import type { UserNames } from "../audit/users.ts";
import { userNames } from "../audit/users.ts";
import type { Call } from "../call.ts";
import { ONE_SECRET } from "../failure/rephrase.ts";
import { readRules, ruleDocument, ruleLines } from "../output/rules.ts";
import { answerEither } from "../output/tell.ts";
import { rfc3339 } from "../output/time.ts";
import { nameOperand } from "../parse/operands.ts";

/** `agent show NAME`: everything about a secret but its value. */
export async function run(call: Call): Promise<void> {
  const name = nameOperand(call);
  const { secret, rules } = await asAdministrator(
    call,
    async (client) => ({
      secret: (await client.request("show", { name })).fields,
      rules: await readRules(client, name),
    }),
    ONE_SECRET,
  );
  const { attributes, totalVersions } = secret;
  const versions = secret.versions.map((one) => ({ ...one, created: rfc3339(one.created) }));
  const users = userNames();
  const lastFetch = fetchDocument(secret.lastFetch, users);
  const lines = [text(name, secret, rules), fetchText(secret.lastFetch, users)].join("\n");
  const documents = { name, attributes, versions, totalVersions, rules: rules.map(ruleDocument), lastFetch };
  answerEither(call, documents, lines);
}

type MaybeFetch = LastFetch | null | undefined;

/** undefined: the agent did not say. */
function fetchText(last: MaybeFetch, users: UserNames): string {
  if (last === undefined) return "last fetch: not known";
  if (last === null) return "last fetch: never";
  const how = last.rule === undefined ? "as an administrator" : `rule ${last.rule}`;
  return `last fetch: ${rfc3339(last.time)} by ${last.uid === undefined ? (last.sid ?? "?") : users.who(last.uid)}, pid ${last.pid}, ${how}`;
}

/** null where there was no fetch that the audit knows of. */
function fetchDocument(last: MaybeFetch, users: UserNames): object | null {
  if (last === undefined || last === null) return null;
  const { time, uid, sid, pid, rule } = last;
  const account = uid === undefined ? { sid } : { uid, user: users.name(uid) ?? null };
  return { time: rfc3339(time), ...account, pid, rule: rule ?? null, admin: rule === undefined };
}

function text(name: string, secret: ReplyOf<"show">, rules: readonly RuleInfo[]): string {
  const versions = secret.versions.map(
    ({ version, created, size }) => `version ${version}: ${rfc3339(created)}, ${size} bytes`,
  );
  const older = secret.totalVersions - versions.length;
  return [
    `name: ${name}`,
    ...Object.entries(secret.attributes).map(([key, value]) => `attribute ${key}: ${value}`),
    ...versions,
    ...(older > 0 ? [`${older} earlier versions are not shown`] : []),
    ...(rules.length > 0
      ? ["rules:", ruleLines(rules).replace(/^/gm, "  ")]
      : ["rules: none, so nobody may fetch it"]),
  ].join("\n");
}
