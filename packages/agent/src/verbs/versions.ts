import { AgentError } from "../errors.ts";
import type { Handler } from "./handler.ts";
import { existing, withSecret } from "./contents-change.ts";

/** Makes an earlier version the newest again, as a new version: nothing is lost by it. */
export const restore: Handler<"restore"> = async (agent, { fields }) => {
  const { vault } = agent.state;
  let version = 0;
  const { durable } = await vault.update((now) => {
    const secret = existing(now, fields.name);
    const wanted = secret.versions.find((candidate) => candidate.number === fields.version);
    if (wanted === undefined) throw new AgentError("not-found");
    version = (secret.versions.at(-1)?.number ?? 0) + 1;
    return withSecret(now, {
      ...secret,
      versions: [...secret.versions, vault.reseal(secret, wanted, version, Date.now())],
    });
  });
  return { fields: { version, durable }, admin: true };
};

/** Removes the oldest versions but the newest `keep`. */
export const prune: Handler<"prune"> = async (agent, { fields }) => {
  let removed = 0;
  const { durable } = await agent.state.vault.update((now) => {
    const secret = existing(now, fields.name);
    const versions = secret.versions.slice(-fields.keep);
    removed = secret.versions.length - versions.length;
    return withSecret(now, { ...secret, versions });
  });
  return { fields: { removed, durable }, admin: true };
};
