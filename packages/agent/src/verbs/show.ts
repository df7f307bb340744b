import type { Handler } from "./handler.ts";
import { existing } from "./contents-change.ts";

/** Versions that fit one reply beside the attributes; the rest is only counted. */
const MOST_VERSIONS = 100;

/** Everything about a secret but its value. */
export const show: Handler<"show"> = async (agent, { fields, gone }) => {
  const { attributes, versions } = existing(agent.state.vault.contents, fields.name);
  const lastFetch = await agent.audit.lastFetch(fields.name, gone);
  const newest = versions.slice(-MOST_VERSIONS).reverse();
  return {
    fields: {
      attributes,
      versions: newest.map(({ number, created, size }) => ({ version: number, created, size })),
      totalVersions: versions.length,
      lastFetch,
    },
    admin: true,
  };
};
