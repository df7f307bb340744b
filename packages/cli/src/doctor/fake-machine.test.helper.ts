import { basename, dirname } from "node:path";
import type { SottoError } from "@sotto/client";
import type { StatusReply } from "@sotto/client/protocol";
import type { Checked } from "./examine.ts";
import { examine } from "./examine.ts";
import type { Entry, Machine, Space } from "./machine.ts";
import type { Known } from "./situation.ts";
import { situationOf } from "./situation.ts";

export const NOW = Date.parse("2026-11-24T08:00:00Z");
export const PID = 4242;
export const HOME = "/var/lib/sotto";
export const SOCKET = "/run/sotto/agent.sock";
const GIB = 1024 ** 3;

const MOUNTS = [
  "1 0 254:0 / / rw,relatime - ext4 /dev/vda1 rw",
  "2 1 0:21 / /proc rw,nosuid - proc proc rw",
  "3 1 0:22 / /run rw,nosuid - tmpfs tmpfs rw",
];

/** A machine of files that are made up: nothing wrong with it, and an unlocked agent of root's that runs. */
export class FakeMachine implements Machine {
  uid = 0;
  env: Record<string, string | undefined> = { PATH: "/usr/bin" };
  nodeVersion = "24.11.0";
  kernel = "6.12.0-amd64";
  now = NOW;
  nodeFlags = new Set(["--permission", "--disable-sigusr1"]);
  zones = true;
  room: Space = { free: 9 * GIB, available: 8 * GIB, files: 1_000_000, filesFree: 900_000 };
  readonly users = new Map([
    [0, "root"],
    [1001, "batch"],
    [990, "sotto"],
  ]);
  readonly unseen = new Set<string>();
  readonly readOnly = new Set<string>();
  readonly mounts = [...MOUNTS];
  readonly #entries = new Map<string, Entry>();
  readonly #texts = new Map<string, string>();
  readonly #targets = new Map<string, string>();

  knowsNodeFlag = (flag: string): boolean => this.nodeFlags.has(flag);
  knowsTimeZone = (): boolean => this.zones;
  userName = (uid: number): string | undefined => this.users.get(uid);
  who = (uid: number): string => `${this.users.get(uid) ?? "nobody"} (${uid})`;
  mayWrite = (path: string): boolean => this.#entries.has(path) && !this.readOnly.has(path);
  space = (): Space => this.room;
  readLink = (path: string): string | undefined => this.#targets.get(path);
  realPath = (path: string): string | undefined =>
    this.#targets.get(path) ?? (this.#entries.has(path) ? path : undefined);

  lstat = (path: string): Entry | "absent" | "unseen" => {
    if ([...this.unseen].some((one) => path === one || path.startsWith(`${one}/`))) return "unseen";
    return this.#entries.get(path) ?? "absent";
  };

  read = (path: string): string | undefined => {
    if (path === "/proc/self/mountinfo") return this.mounts.join("\n");
    return this.lstat(path) === "unseen" ? undefined : this.#texts.get(path);
  };

  list = (path: string): string[] | undefined => {
    const entry = this.lstat(path);
    if (typeof entry !== "object" || entry.kind !== "folder") return undefined;
    return [...this.#entries.keys()]
      .filter((one) => dirname(one) === path && one !== path)
      .map((one) => basename(one));
  };

  /** Makes a file of mode 0600, with the folders above it. */
  file(path: string, text = "", changes: Partial<Entry> = {}): void {
    this.#texts.set(path, text);
    this.#put(path, { kind: "file", mode: 0o600, bytes: text.length, ...changes });
  }

  folder(path: string, changes: Partial<Entry> = {}): void {
    this.#put(path, { kind: "folder", mode: 0o755, ...changes });
  }

  link(path: string, target: string, changes: Partial<Entry> = {}): void {
    this.#targets.set(path, target);
    this.#put(path, { kind: "link", mode: 0o777, ...changes });
  }

  socket(path: string): void {
    this.#put(path, { kind: "socket", mode: 0o666 });
  }

  /** Changes what is there. */
  change(path: string, changes: Partial<Entry>): void {
    const entry = this.#entries.get(path);
    if (entry === undefined) throw new Error(`no ${path}`);
    this.#entries.set(path, { ...entry, ...changes });
  }

  remove(path: string): void {
    for (const one of this.#entries.keys()) {
      if (one !== path && !one.startsWith(`${path}/`)) continue;
      this.#entries.delete(one);
      this.#texts.delete(one);
      this.#targets.delete(one);
    }
  }

  #put(path: string, changes: Partial<Entry> & Pick<Entry, "kind" | "mode">): void {
    const above = dirname(path);
    if (above !== path && !this.#entries.has(above)) this.folder(above);
    const rest = { uid: 0, links: 1, id: path, bytes: 0, modified: NOW - 3_600_000 };
    this.#entries.set(path, { ...rest, ...changes });
  }
}

const STATUS: StatusReply = {
  ...{ state: "unlocked", pid: PID, version: "1.2.3", protocol: 1, memory: "secret", uptimeSeconds: 60 },
  ...{ generation: 7, audit: "ok", durability: "known" },
};

const FLAGS = [
  "--permission",
  "--disable-sigusr1",
  "--allow-addons",
  "--allow-fs-read=*",
  `--allow-fs-write=${HOME}/*`,
];
export const ENTRY = "/usr/lib/node_modules/@sotto/agent/dist/agent.mjs";

/** The command line of an agent, as /proc shows it. */
export const commandLine = (flags: readonly string[] = FLAGS, options: readonly string[] = []): string =>
  ["/usr/bin/node", ...flags, ENTRY, "--home", HOME, "--socket", SOCKET, ...options, ""].join("\0");

/** What a test changes before the checks run. */
export class Seeded {
  readonly machine = new FakeMachine();
  home = HOME;
  socket: string | undefined = SOCKET;
  foreign = false;
  options = "";
  status: StatusReply | undefined = STATUS;
  error: SottoError | undefined;
  program = ["/usr/bin/node", ENTRY];

  constructor() {
    this.#kernel();
    this.#home();
    this.process(PID);
  }

  /** The agent does not run. */
  stopped(error: SottoError): void {
    this.status = undefined;
    this.error = error;
    this.machine.remove(`/proc/${PID}`);
  }

  tell(changes: Partial<StatusReply>): void {
    this.status = { ...STATUS, ...this.status, ...changes };
  }

  /** The agent, and all of its files, belong to this user; commands are root's. */
  ownedBy(uid: number): void {
    const paths = ["", "/vault", "/vault.bak", "/last-seen", "/audit.jsonl", "/config.json", "/agent.log"];
    for (const path of paths) this.machine.change(`${HOME}${path}`, { uid });
    if (this.status !== undefined) this.process(PID, uid);
  }

  /** A process of an agent. */
  process(pid: number, uid = 0): void {
    const { machine } = this;
    machine.file(`/proc/${pid}/cmdline`, commandLine());
    machine.file(
      `/proc/${pid}/status`,
      `Name:\tnode\nUid:\t${uid}\t${uid}\t${uid}\t${uid}\nCapEff:\t0000000000000000\n`,
    );
    machine.file(`/proc/${pid}/limits`, limits(8 * 1024 * 1024));
    machine.file(`/proc/${pid}/cgroup`, "0::/system.slice/sotto.service\n");
    machine.file(`/proc/${pid}/environ`, "LANG=C\0");
    machine.file(`/proc/${pid}/net/tcp`, "  sl  local_address\n");
    machine.folder(`/proc/${pid}/fd`, { mode: 0o500 });
    machine.link(`/proc/${pid}/fd/5`, "socket:[777]");
    machine.link(`/proc/${pid}/cwd`, "/");
    machine.link(`/proc/${pid}/exe`, "/usr/bin/node");
  }

  run(): Checked[] {
    const { machine, home, socket, foreign, options, program, status, error } = this;
    const agent: Known["agent"] = status === undefined ? { error: error as SottoError } : { status };
    const known = { machine, home, socket, foreign, options, program, agent };
    return examine(situationOf({ ...known, version: "1.2.3", neededNode: ">=20.19" }));
  }

  #kernel(): void {
    const { machine } = this;
    machine.file("/proc/swaps", "Filename\tType\tSize\tUsed\tPriority\n");
    machine.file("/proc/cmdline", "BOOT_IMAGE=/vmlinuz root=/dev/vda1 quiet\n");
    machine.file("/proc/sys/kernel/core_pattern", "core\n");
    machine.file("/proc/sys/kernel/yama/ptrace_scope", "1\n");
    machine.file("/proc/self/limits", limits(8 * 1024 * 1024));
    machine.file("/proc/self/status", "CapEff:\t0000000000000000\n");
    machine.file("/sys/power/state", "freeze mem\n");
    machine.file("/sys/power/disk", "[platform] shutdown reboot\n");
    machine.file("/run/systemd/timesync/synchronized");
    for (const path of this.program) machine.file(path, "", { mode: 0o755 });
  }

  #home(): void {
    const { machine } = this;
    machine.folder(HOME, { mode: 0o700 });
    for (const name of ["vault", "vault.bak", "audit.jsonl", "agent.log"]) machine.file(`${HOME}/${name}`);
    machine.file(`${HOME}/last-seen`, `sotto last-seen 1 ${"ab".repeat(16)} 7\n`);
    machine.file(`${HOME}/config.json`, '{"lockAfter": "8h"}');
    machine.socket(SOCKET);
  }
}

/** proc_pid_limits(5). */
export const limits = (locked: number, core = 0): string =>
  `Limit                     Soft Limit           Hard Limit           Units     
Max core file size        ${core}                    0                    bytes     
Max locked memory         ${locked}              ${locked}              bytes     
`;
