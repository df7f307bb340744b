import type { Condition, NamedId, NamedSid, Rate, RuleInfo } from "@sotto/client/protocol";
import { rfc3339, span } from "./time.ts";

const IDENTITY = [
  "user",
  "uid",
  "group",
  "gid",
  "sid",
  "unit",
  "token",
] as const satisfies readonly Condition[];
const NARROWING = [
  "exe",
  "sha256",
  "ancestor",
  "window",
  "rate",
  "once",
  "expires",
] as const satisfies readonly Condition[];

/** Repeats of one kind: any of them suffices. */
const anyOf = (values: readonly (string | number)[]): string => values.join(" or ");
const named = (ids: readonly NamedId[]): string => anyOf(ids.map(({ name, id }) => `${name} (${id})`));

const namedSids = (sids: readonly NamedSid[]): string =>
  anyOf(sids.map(({ sid, name }) => (name === undefined ? sid : `${name} (${sid})`)));

/** `5 in 1h`. */
export const rateText = ({ count, perMs }: Rate): string => `${count} in ${span(perMs / 1000)}`;

/** What a rule asks for by one kind of condition, without its name; undefined where it has none of that kind. */
export const wanted: { readonly [C in Condition]: (rule: RuleInfo) => string | undefined } = {
  operation: ({ may }) => anyOf(may),
  uid: ({ uids }) => uids && anyOf(uids),
  user: ({ users }) => users && named(users),
  gid: ({ gids }) => gids && anyOf(gids),
  group: ({ groups }) => groups && named(groups),
  sid: ({ sids }) => sids && namedSids(sids),
  token: ({ tokens }) => tokens && anyOf(tokens),
  once: ({ once }) => (once === true ? "one fetch" : undefined),
  expires: ({ expires }) => (expires === undefined ? undefined : rfc3339(expires)),
  window: ({ windows }) => windows && anyOf(windows),
  unit: ({ units }) => units && anyOf(units),
  exe: ({ exes }) => exes && anyOf(exes),
  sha256: ({ sha256s }) => sha256s && anyOf(sha256s),
  ancestor: ({ ancestors }) => ancestors && anyOf(ancestors),
  rate: ({ rate }) => rate && rateText(rate),
};

const NAMES: Partial<Record<Condition, string>> = {
  exe: "program",
  sha256: "program of sha256",
  ancestor: "started below",
  window: "at",
  rate: "at most",
  once: "for",
  expires: "until",
};

const texts = (rule: RuleInfo, conditions: readonly Condition[]): string[] =>
  conditions.flatMap((condition) => {
    const text = wanted[condition](rule);
    return text === undefined ? [] : [`${NAMES[condition] ?? condition} ${text}`];
  });

/** Whom a rule is for, and when: everything of it must hold. */
export function conditionsText(rule: RuleInfo): string {
  const interpreter = rule.interpreter === true ? ["interpreters allowed"] : [];
  return [texts(rule, IDENTITY).join(" and "), ...texts(rule, NARROWING), ...interpreter].join(", ");
}
