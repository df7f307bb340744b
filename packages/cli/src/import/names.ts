import { isSecretName } from "@sotto/client/protocol";
import type { Entry } from "./entry.ts";

/**
 * The name that keys of a file get: lower-case, each character that a name cannot hold as `-`, without what a segment
 * may not start or end with. A `/` in a key separates segments. undefined where no valid name comes of it.
 */
export function nameOf(path: readonly string[], prefix: string | undefined): string | undefined {
  const segments = path
    .flatMap((key) => key.split("/"))
    .filter((key) => key !== "")
    .map(segmentOf);
  if (segments.length === 0) return undefined;
  const name = [...(prefix === undefined ? [] : [prefix]), ...segments].join("/");
  return isSecretName(name) ? name : undefined;
}

const segmentOf = (key: string): string =>
  key
    .toLowerCase()
    .replace(/[^a-z0-9_.-]/g, "-")
    .replace(/\.{2,}/g, ".")
    .replace(/^[_.-]+|[_.-]+$/g, "");

/** Several logins at one place: each gets its user's name below the place's. */
export function apart(entries: readonly Entry[]): Entry[] {
  const keyOf = ({ path }: Entry): string => JSON.stringify(path);
  const counts = new Map<string, number>();
  for (const entry of entries) counts.set(keyOf(entry), (counts.get(keyOf(entry)) ?? 0) + 1);
  return entries.map((entry) => {
    const user = entry.attributes["username"];
    const alone = counts.get(keyOf(entry)) === 1;
    return alone || user === undefined ? entry : { ...entry, path: [...entry.path, user] };
  });
}
