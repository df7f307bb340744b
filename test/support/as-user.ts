/** Who a connection shall come from, as the kernel tells the agent. */
export interface Credentials {
  readonly uid: number;
  /** The same number as the uid unless given. */
  readonly gid?: number;
  /** None unless given. */
  readonly groups?: readonly number[];
}

/**
 * Runs something synchronous with the effective ids of another user. The kernel notes the credentials of a peer at
 * connect(2), and node connects to a socket within the call: what is opened here stays that user's for the agent,
 * while the process is root again. Needs root, and a process of its own (a thread cannot do it).
 */
export function asUser<T>({ uid, gid = uid, groups = [] }: Credentials, action: () => T): T {
  const own = process.getgroups?.() ?? [];
  process.setgroups?.([...groups]);
  process.setegid?.(gid);
  process.seteuid?.(uid);
  try {
    return action();
  } finally {
    process.seteuid?.(0);
    process.setegid?.(0);
    process.setgroups?.(own);
  }
}
