import type { RequestOf } from "@sotto/client/protocol";
import { pack } from "@sotto/client/protocol";
import { tokenHolds } from "../access/token-holds.ts";
import { AgentError } from "../errors.ts";
import type { Agent } from "../agent.ts";
import type { Contents, Token } from "../vault/contents.ts";
import { findToken, hashToken, makeToken } from "../vault/token.ts";
import type { Call, Handler } from "./handler.ts";
import { page } from "./page.ts";
import { secretPayload } from "./secret-payload.ts";

/** The label of the token that came with a fetch; undefined when none came, or none that is good for this peer now. */
export function tokenLabel(agent: Agent, { payload, session }: Call<"get">): string | undefined {
  if (payload.length === 0) return undefined;
  const found = findToken(agent.state.vault.contents.tokens, payload);
  return found && tokenHolds(found, session.peer.uid, Date.now()) ? found.label : undefined;
}

/** Makes a token, which leaves the agent here, once: the vault keeps a hash of it. */
export const tokenNew: Handler<"token-new"> = async (agent, { fields }) => {
  if (fields.expires !== undefined && fields.expires <= Date.now()) throw new AgentError("bad-request");
  const token = makeToken(agent.memory);
  try {
    const made: Token = { ...fields, hash: hashToken(token.bytes), created: Date.now() };
    const { durable } = await agent.state.vault.update((now) => withToken(now, made));
    return { fields: { durable }, ...secretPayload(token), admin: true, note: noteOf(fields) };
  } catch (error) {
    token.destroy();
    throw error;
  }
};

/** All tokens, ordered by label, without their hashes. */
export const tokens: Handler<"tokens"> = (agent, { fields }) => {
  const ordered = agent.state.vault.contents.tokens
    .map(({ hash, ...info }) => info)
    .sort((a, b) => (a.label < b.label ? -1 : 1));
  const { items, more } = page(
    ordered,
    ({ label }) => label > (fields.after ?? ""),
    (token) => pack(token).length,
  );
  return { fields: { tokens: items, more }, admin: true };
};

/** Rules that name the token stay: they match nobody until there is another token of that label. */
export const tokenRevoke: Handler<"token-revoke"> = async (agent, { fields }) => {
  const { durable } = await agent.state.vault.update((now) => {
    const rest = now.tokens.filter(({ label }) => label !== fields.label);
    if (rest.length === now.tokens.length) throw new AgentError("not-found");
    return { ...now, tokens: rest };
  });
  return { fields: { durable }, admin: true, note: noteOf(fields) };
};

function withToken(now: Contents, token: Token): Contents {
  if (now.tokens.some(({ label }) => label === token.label)) throw new AgentError("conflict");
  return { ...now, tokens: [...now.tokens, token] };
}

/** A label is checked to be safe to print when it is decoded. */
const noteOf = ({ label }: RequestOf<"token-new" | "token-revoke">): string => `token ${label}`;
