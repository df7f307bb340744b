import type { Attributes, Client } from "@sotto/client";
import { describe } from "../failure/describe.ts";
import type { Stored } from "./journal.ts";
import type { Present } from "./look.ts";

/**
 * Takes back one stored secret: removes what is new, and makes the version before the newest again of what was replaced.
 * Returns what stands nevertheless, in words; undefined when all is as it was. Never throws.
 */
export async function takeBack(client: Client, stored: Stored): Promise<string | undefined> {
  const { name, version, present } = stored;
  try {
    const now = (await client.request("show", { name })).fields.versions[0]?.version;
    if (now !== version) return `${name} was changed by someone else meanwhile, and is left alone`;
    if (present !== undefined) return await putBack(client, stored, present);
    await client.request("remove", { name });
    return undefined;
  } catch (error) {
    return `${name} stays as it was imported (version ${version}): ${describe(error).text}`;
  }
}

async function putBack(client: Client, stored: Stored, present: Present): Promise<string> {
  const { name, version } = stored;
  const { fields } = await client.request("restore", { name, version: present.version });
  const attributes = changed(stored.attributes, present.attributes);
  const now =
    attributes === undefined ? fields.version : await setAttributes(client, name, fields.version, attributes);
  return `${name} has its earlier value again (version ${now}); the imported one is version ${version}`;
}

/** The attributes that undo what was merged; undefined when nothing was changed. An empty one is removed. */
function changed(merged: Attributes, before: Attributes): Attributes | undefined {
  const pairs = Object.keys(merged)
    .filter((key) => (merged[key] ?? "") !== (before[key] ?? ""))
    .map((key) => [key, before[key] ?? ""] as const);
  return pairs.length === 0 ? undefined : Object.fromEntries(pairs);
}

/** Attributes are set together with a value: the one that is there. */
async function setAttributes(
  client: Client,
  name: string,
  ifVersion: number,
  attributes: Attributes,
): Promise<number> {
  const secret = await client.get(name, { admin: true });
  try {
    const { fields } = await client.request(
      "set",
      { name, attributes, ifVersion },
      { payload: secret.bytes },
    );
    return fields.version;
  } finally {
    secret.dispose();
  }
}
