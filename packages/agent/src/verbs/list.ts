import type { Wish } from "../access/permission.ts";
import { permission } from "../access/permission.ts";
import type { Session } from "../access/session.ts";
import type { Agent } from "../agent.ts";
import type { Contents } from "../vault/contents.ts";
import type { Handler } from "./handler.ts";
import { page } from "./page.ts";

/** The names that this peer may fetch, by the very decision that `get` makes; or all, for an administrator. */
export const list: Handler<"list"> = async (agent, { fields, session }) => {
  const names = sortedNames(agent.state.vault.contents).filter(
    (name) => isBelow(name, fields.prefix) && name > (fields.after ?? ""),
  );
  const allowed = fields.all === true ? names : await permitted(agent, session, names);
  const { items, more } = page(
    allowed,
    () => true,
    (name) => name.length,
  );
  return { fields: { names: items, more }, ...(fields.all === true && { admin: true }) };
};

/** What may be fetched later, when its rate allows it again, may be known now. */
async function permitted(agent: Agent, session: Session, names: readonly string[]): Promise<string[]> {
  const contents = (): Contents => agent.state.vault.contents;
  const found: string[] = [];
  for (const name of names) {
    const wish = (): Wish => ({ peer: session.peer, operation: "get", name });
    const may = permission(agent.judges, { contents, wish }, ({ kind }) => kind !== "denied");
    if (may instanceof Promise ? await may : may) found.push(name);
  }
  return found;
}

const isBelow = (name: string, prefix: string | undefined): boolean =>
  prefix === undefined || name === prefix || name.startsWith(`${prefix}/`);

const sorted = new WeakMap<Contents["secrets"], readonly string[]>();

function sortedNames({ secrets }: Contents): readonly string[] {
  const known = sorted.get(secrets);
  if (known) return known;
  const names = [...secrets.keys()].sort();
  sorted.set(secrets, names);
  return names;
}
