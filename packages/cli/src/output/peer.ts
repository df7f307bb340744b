import type { DescribedPeer } from "@sotto/client/protocol";

/** A peer in one line: what the agent took into account. */
export function peerText({
  uid,
  gid,
  groups,
  sid,
  unit,
  token,
  exe,
  sha256,
  ancestors,
}: DescribedPeer): string {
  return [
    ...(sid === undefined ? unixText(uid, gid, groups) : [`SID ${sid}`]),
    ...(unit === undefined ? [] : [`unit ${unit}`]),
    ...(token === undefined ? [] : [`token ${token}`]),
    ...(exe === undefined ? [] : [`program ${exe}`]),
    ...(sha256 === undefined ? [] : [`sha256 ${sha256}`]),
    ...(ancestors === undefined ? [] : [`ancestors ${ancestors.join(" ")}`]),
  ].join(", ");
}

const unixText = (uid: number, gid: number, groups: readonly number[]): string[] => [
  `uid ${uid}`,
  gid === 0xffff_ffff ? "no gid" : `gid ${gid}`,
  groups.length === 0 ? "no other groups" : `groups ${groups.join(" ")}`,
];
