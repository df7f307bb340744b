import { readProc, readProcLink } from "./linux-proc.ts";

type Kind = "mnt" | "pid" | "user" | "cgroup";

/** Text of the links to our own namespaces, such as `mnt:[4026531841]` (namespaces(7)): they never change. */
const home = new Map<Kind, readonly string[]>();

/**
 * A program counts in our own mount namespace and in that of the first process: a service manager may have given the
 * agent one of its own, in which nobody else lives.
 */
function namespacesOfHome(kind: Kind): readonly string[] {
  const known = home.get(kind);
  if (known) return known;
  const links = [
    readProcLink("self", `ns/${kind}`),
    kind === "mnt" ? readProcLink(1, `ns/${kind}`) : undefined,
  ];
  const found = links.filter((link) => link !== undefined);
  home.set(kind, found);
  return found;
}

/** Whether a process lives in this namespace of ours; undefined where its link may not be read, which takes CAP_SYS_PTRACE. */
function lives(pid: number, kind: Kind): boolean | undefined {
  const link = readProcLink(pid, `ns/${kind}`);
  return link === undefined ? undefined : namespacesOfHome(kind).includes(link);
}

/** Whether what /proc tells of the program of a process can be believed. What may not be read fails. */
export const sharesProgramNamespaces = (pid: number): boolean =>
  isProcOurs() && (["mnt", "pid", "user"] as const).every((kind) => lives(pid, kind) === true);

/**
 * Whether what /proc tells of the unit of a process can be believed. The mount namespace does not matter: a unit often
 * has one of its own. An agent without rights over others reads the namespaces off files that everyone may read.
 */
export function sharesUnitNamespaces(pid: number): boolean {
  return (
    isProcOurs() &&
    (lives(pid, "pid") ?? hasOnePid(pid)) &&
    (lives(pid, "user") ?? sameIds(pid)) &&
    lives(pid, "cgroup") !== false
  );
}

/** NSpid has one number for each pid namespace below the one of /proc (proc_pid_status(5)). */
const hasOnePid = (pid: number): boolean => /^NSpid:\t\d+$/m.test(readProc(pid, "status") ?? "");

/** The map of a foreign user namespace reads otherwise than our own, unless it is an identity (user_namespaces(7)). */
const sameIds = (pid: number): boolean => {
  const map = readProc(pid, "uid_map");
  return map !== undefined && map === readProc("self", "uid_map");
};

let procIsOurs: boolean | undefined;

/** In a pid namespace that was entered without a /proc of its own, every number there is of somebody else. */
const isProcOurs = (): boolean =>
  (procIsOurs ??= new RegExp(`^NSpid:\\t${String(process.pid)}$`, "m").test(
    readProc("self", "status") ?? "",
  ));
