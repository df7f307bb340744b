import { asAdministrator } from "../administrator.ts";
import type { Call } from "../call.ts";
import type { ReplyOf } from "@sotto/client";
import type { RuleInfo } from "@sotto/client/protocol";
import { ONE_SECRET } from "../failure/rephrase.ts";
import { readRules, ruleLines } from "../output/rules.ts";
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
  answerEither(call, { name, attributes, versions, totalVersions, rules }, text(name, secret, rules));
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
