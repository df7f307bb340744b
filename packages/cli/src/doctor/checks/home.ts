import { dirname, join } from "node:path";
import { agentCommand, start } from "../commands.ts";
import type { Check, Verdict } from "../check.ts";
import { fail, ok, warn } from "../check.ts";
import { mountOf } from "../mounts.ts";
import { octal } from "../octal.ts";
import { weakness } from "../path-trust.ts";
import { quote } from "../quote.ts";
import type { Situation } from "../situation.ts";
import { readUnit } from "../unit-file.ts";

const OTHERS_ANYTHING = 0o077;
/** Judged by checks of their own. */
const ELSEWHERE = new Set(["vault", "vault.bak", "last-seen", "config.json", "audit.jsonl"]);

function home(situation: Situation): Verdict {
  const { machine, home: path, owner } = situation;
  const shown = quote(path);
  const entry = machine.lstat(path);
  if (entry === "unseen") return "unseen";
  if (entry === "absent")
    return warn(`${shown} does not exist yet`, `${start(situation)} (it makes it with mode 0700)`);
  if (entry.kind === "link")
    return fail(
      `${shown} is a symbolic link: the agent refuses it`,
      `agent start --home ${quote(machine.realPath(path) ?? "THE_FOLDER_ITSELF")}`,
    );
  if (entry.kind !== "folder")
    return fail(
      `${shown} is not a folder`,
      `mv ${shown} ${quote(`${path}.old`)}; install -d -m 700 ${shown}`,
    );
  if (entry.uid !== owner)
    return fail(
      `${shown} belongs to ${machine.who(entry.uid)}, but the agent runs as ${machine.who(owner)}`,
      `chown -R ${owner} ${shown}`,
    );
  if ((entry.mode & OTHERS_ANYTHING) !== 0)
    return fail(`others may look into ${shown} (mode ${octal(entry.mode)})`, `chmod 700 ${shown}`);
  return foreignHome(situation, entry.uid) ?? ok(`${shown} is closed to others`);
}

/** `agent start` refuses a home of another user; a unit may start the agent as that one. */
function foreignHome({ machine, home: path, process, foreign }: Situation, uid: number): Verdict {
  if (process !== undefined || foreign || uid === machine.uid) return undefined;
  const user = machine.userName(uid);
  if (user !== undefined && readUnit(machine)?.service.get("User") === user) return undefined;
  const shown = quote(path);
  return fail(
    `${shown} belongs to ${machine.who(uid)}: an agent that ${machine.who(machine.uid)} starts refuses it`,
    `chown -R ${machine.uid} ${shown}; or start it as that user: runuser -u ${quote(user ?? String(uid))} -- agent start --home ${shown}`,
  );
}

function homePath({ machine, home: path, owner }: Situation): Verdict {
  if (machine.lstat(path) === "unseen") return "unseen";
  const weak = weakness(machine, dirname(path), (uid) => uid === 0 || uid === owner);
  if (weak === undefined) return ok("nobody else can replace the home");
  return fail(`${weak.found}, and could replace the home`, weak.remedy);
}

function homeFiles({ machine, home: path, owner }: Situation): Verdict {
  const names = machine.list(path);
  if (names === undefined) return machine.lstat(path) === "absent" ? undefined : "unseen";
  for (const name of names.filter((one) => !ELSEWHERE.has(one))) {
    const file = join(path, name);
    const entry = machine.lstat(file);
    if (typeof entry !== "object") continue;
    const shown = quote(file);
    if (entry.uid !== owner && entry.uid !== 0)
      return warn(
        `${shown} belongs to ${machine.who(entry.uid)}, not to the agent's user`,
        `chown ${owner} ${shown}`,
      );
    if (entry.kind === "link")
      return warn(`${shown} is a symbolic link, which is none of the agent's`, `rm ${shown}`);
    if ((entry.mode & OTHERS_ANYTHING) !== 0)
      return warn(`${shown} has mode ${octal(entry.mode)}: open once the folder is`, `chmod go= ${shown}`);
  }
  return ok("all files belong to the agent's user alone");
}

function homeWritable({ machine, home: path }: Situation): Verdict {
  const entry = machine.lstat(path);
  if (entry === "absent") return undefined;
  if (entry === "unseen" || (machine.uid !== 0 && machine.uid !== entry.uid)) return "unseen";
  if (machine.mayWrite(path)) return ok("new files can be made");
  const shown = quote(path);
  if (mountOf(machine, path)?.options.includes("ro") === true)
    return fail(
      `${shown} is on a read-only file system: nothing can be saved`,
      `mount -o remount,rw ${quote(mountOf(machine, path)?.at ?? path)}`,
    );
  return fail(
    `no file can be made in ${shown}: nothing can be saved`,
    `chmod u+rwx ${shown}; chattr -i ${shown}`,
  );
}

const VOLATILE = new Set(["tmpfs", "ramfs", "overlay"]);
const REMOTE = /^(?:nfs4?|cifs|smb3?|smbfs|9p|ceph|afs|glusterfs|lustre|fuse\..*)$/;
const WITHOUT_MODES = new Set(["vfat", "msdos", "exfat", "ntfs", "ntfs3", "fuseblk"]);

function fileSystem(situation: Situation): Verdict {
  const { machine, home: path } = situation;
  const mount = mountOf(machine, path);
  if (mount === undefined) return "unseen";
  const found = `${mount.type} at ${quote(mount.at)}`;
  const move = `${agentCommand(situation, "stop")}; mv ${quote(path)} to a local disk, such as below /var/lib; agent start --home THERE`;
  if (WITHOUT_MODES.has(mount.type))
    return fail(`${found} keeps no owners and modes: everybody can read the home`, move);
  if (VOLATILE.has(mount.type))
    return warn(`${found}: the vault is lost at the next boot, or with the container`, move);
  if (REMOTE.test(mount.type))
    return warn(
      `${found} is not a local disk: locks and syncs may not hold, and its server can roll the vault back`,
      move,
    );
  if (/^\/(?:tmp|var\/tmp)\//.test(path))
    return warn(
      `${quote(path)} is where systemd-tmpfiles removes old files: the vault may go with them`,
      move,
    );
  return ok(found);
}

/** Where everything of the agent lies. */
export const HOME_CHECKS: readonly Check[] = [
  { name: "home", judge: home },
  { name: "home-path", judge: homePath },
  { name: "home-files", judge: homeFiles },
  { name: "home-writable", judge: homeWritable },
  { name: "file-system", judge: fileSystem },
];
