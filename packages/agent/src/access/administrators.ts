import type { Peer } from "../platform/index.ts";
import { inGroup } from "./decide.ts";

/** Who may administer at all: root, the agent's own user, and a group if one is configured. A proof comes on top. */
export class Administrators {
  readonly #ownUid: number;
  readonly #gid: number | undefined;

  constructor(ownUid: number, gid: number | undefined) {
    this.#ownUid = ownUid;
    this.#gid = gid;
  }

  includes(peer: Pick<Peer, "uid" | "gid" | "groups" | "privileged">): boolean {
    if (peer.uid === 0 || peer.uid === this.#ownUid || peer.privileged === true) return true;
    return this.#gid !== undefined && inGroup(peer, this.#gid);
  }
}
