/** Names of secrets for the addresses that programs ask a helper about. */
import { isSecretName } from "@sotto/client/protocol";
import { usage } from "../failure/failure.ts";
import type { Parser } from "../parse/option-values.ts";

/** No underscore: it stands between host and port in a name, so that no two hosts have the same one. */
const HOST = /^([A-Za-z0-9.-]+)(?::(\d{1,5}))?$/;

/**
 * The names that may belong to `host` or `host:port` with a path, the most specific first, that of the host alone last:
 * `git/example.org_8443/team/tool.git`, `git/example.org_8443/team`, `git/example.org_8443`. The letters of a host are
 * folded, for DNS does not tell them apart; nothing else is, and what makes no name is left out.
 */
export function namesFor(prefix: string, host: string, path = ""): string[] {
  const [, name, port] = HOST.exec(host) ?? [];
  if (name === undefined) return [];
  const first = `${prefix}/${name.toLowerCase()}${port === undefined ? "" : `_${port}`}`;
  const segments = path.split("/").filter((segment) => segment !== "");
  const all = Array.from({ length: segments.length + 1 }, (_, left) =>
    [first, ...segments.slice(0, segments.length - left)].join("/"),
  );
  return all.filter(isSecretName);
}

/** The name of a secret, or a prefix, as an option. */
export const nameOption: Parser = (text, option) => {
  if (isSecretName(text)) return text;
  throw usage(`${option}: that is not a valid name of a secret`, "a name looks like git/example.org");
};
