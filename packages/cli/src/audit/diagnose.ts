import type { FaultKind } from "./chain.ts";
import { chainAfter, follows, linkOf } from "./chain.ts";
import type { Place } from "./place.ts";
import type { AuditLine } from "./read.ts";

/** A head of the chain, and the good line that it is the head after. */
export interface Head {
  readonly head: Buffer;
  readonly place: Place;
}

/** The first bad line, and what was done to it as far as the chain can tell. */
export interface Diagnosis {
  readonly place: Place;
  readonly kind: FaultKind;
}

/**
 * Looks at what stands before and after a line that does not follow the one before it, to tell what was done.
 * A line whose content was changed and a line before which others were removed look the same: that is `broken`.
 */
export function diagnose(
  line: AuditLine,
  before: Buffer,
  recent: readonly Head[],
  following: readonly AuditLine[],
): Diagnosis {
  const place = { file: line.file, line: line.number };
  const link = linkOf(line.bytes);
  const links = following.map((one) => linkOf(one.bytes));
  if (links.some((one) => one !== undefined && follows(before, one))) {
    const moved = link !== undefined && links.some((one) => one !== undefined && follows(one.claimed, link));
    return { place, kind: moved ? "reordered" : "inserted" };
  }
  if (link === undefined || line.record === undefined) return { place, kind: "changed" };
  const earlier = recent.findIndex(({ head }) => follows(head, link));
  const stranger = earlier < 0 ? undefined : recent[earlier + 1];
  if (stranger !== undefined) return { place: stranger.place, kind: "inserted" };
  const [next] = links;
  const computed = chainAfter(before, link.body);
  return { place, kind: next !== undefined && follows(computed, next) ? "changed" : "broken" };
}
