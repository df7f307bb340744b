import { AgentError } from "../errors.ts";
import type { Contents, Secret } from "../vault/contents.ts";

/** The secret of this name. Throws `not-found`: only administrators get here. */
export function existing(contents: Contents, name: string): Secret {
  const secret = contents.secrets.get(name);
  if (secret === undefined) throw new AgentError("not-found");
  return secret;
}

/** Contents with this secret added or replaced. */
export function withSecret(contents: Contents, secret: Secret): Contents {
  return { ...contents, secrets: new Map(contents.secrets).set(secret.name, secret) };
}

/** Contents without the secret of this name. */
export function withoutSecret(contents: Contents, name: string): Contents {
  const secrets = new Map(contents.secrets);
  secrets.delete(name);
  return { ...contents, secrets };
}
