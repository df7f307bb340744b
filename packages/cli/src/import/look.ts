import type { Attributes, Client } from "@sotto/client";
import { readNames } from "../read-names.ts";
import type { Planned } from "./plan.ts";

/** What there is now under the name of a planned secret. */
export interface Present {
  readonly version: number;
  readonly attributes: Attributes;
}

/** A planned secret, and what would become of it. */
export interface Looked extends Planned {
  /** undefined: there is none of that name. */
  readonly present: Present | undefined;
}

/** Asks the agent what is there already, and changes nothing. */
export async function look(client: Client, planned: readonly Planned[]): Promise<Looked[]> {
  const names = new Set(await readNames(client, undefined, true));
  const looked: Looked[] = [];
  for (const one of planned)
    looked.push({ ...one, present: names.has(one.name) ? await presentOf(client, one.name) : undefined });
  return looked;
}

async function presentOf(client: Client, name: string): Promise<Present> {
  const { versions, attributes } = (await client.request("show", { name })).fields;
  return { version: versions[0]?.version ?? 0, attributes };
}
