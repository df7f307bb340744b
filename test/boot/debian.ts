import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { must } from "./programs.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const CACHE = join(ROOT, ".cache/boot");
const PACKAGES = "systemd,systemd-sysv,dbus,cron";

/** What a fetch of Debian's packages needs to know, as this machine's own apt has it. */
interface Source {
  readonly suite: string;
  readonly uri: string;
}

function ownSource(): Source {
  const release = readFileSync("/etc/os-release", "utf8");
  const suite = /^VERSION_CODENAME=(\w+)$/m.exec(release)?.[1];
  const uri = sourceTexts().flatMap((text) => uriFor(text, suite ?? ""))[0];
  if (!/^ID=debian$/m.test(release) || suite === undefined || uri === undefined)
    throw new Error(
      "the boot test makes a Debian out of the sources of this machine's apt, and there are none",
    );
  return { suite, uri };
}

const sourceTexts = (): string[] =>
  ["/etc/apt/sources.list.d", "/etc/apt"].flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith(".sources") || name.endsWith(".list"))
      .map((name) => readFileSync(join(folder, name), "utf8")),
  );

/** In either form of sources.list(5). */
function uriFor(text: string, suite: string): string[] {
  const stanzas = text
    .split(/\n\s*\n/)
    .filter((one) => new RegExp(`^Suites:.*\\b${suite}(?:\\s|$)`, "m").test(one));
  const found = stanzas.map((one) => /^URIs:\s*(\S+)/m.exec(one)?.[1]);
  const lines = new RegExp(`^deb\\s+(?:\\[[^\\]]*\\]\\s+)?(\\S+)\\s+${suite}\\s`, "m").exec(text);
  return [...found, lines?.[1]].filter((one) => one !== undefined);
}

/** A small Debian, made once and kept: nothing is ever changed in it. */
function baseSystem(): string {
  const { suite, uri } = ownSource();
  const folder = join(CACHE, `debian-${suite}`);
  if (existsSync(folder)) return folder;
  mkdirSync(CACHE, { recursive: true });
  const partial = mkdtempSync(join(CACHE, "partial-"));
  try {
    must("debootstrap", ["--variant=minbase", `--include=${PACKAGES}`, suite, partial, uri]);
    must("chmod", ["755", partial]);
    renameSync(partial, folder);
  } catch (error) {
    rmSync(partial, { recursive: true, force: true });
    throw error;
  }
  return folder;
}

/** A system of its own with this node and Sotto as its packages would be published. The caller removes it. */
export function makeSystem(): string {
  const folder = mkdtempSync(join(CACHE, "machine-"));
  try {
    must("cp", ["-a", "--reflink=auto", `${baseSystem()}/.`, folder]);
    copyFileSync(process.execPath, join(folder, "usr/bin/node"));
    installSotto(join(folder, "usr/lib/sotto"));
    symlinkSync("../../lib/sotto/node_modules/.bin/agent", join(folder, "usr/local/bin/agent"));
    return folder;
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

/** npm with this machine's own settings: what it needs of the dependencies it mostly has already. */
function installSotto(folder: string): void {
  mkdirSync(folder, { recursive: true });
  const workspaces = ["client", "agent", "cli"].map((name) => `--workspace=packages/${name}`);
  npm(["pack", "--silent", `--pack-destination=${folder}`, ...workspaces], ROOT);
  const archives = readdirSync(folder).map((name) => join(folder, name));
  const quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"];
  npm(["install", "--prefix", folder, ...quiet, ...archives], folder);
  for (const archive of archives) rmSync(archive);
}

function npm(args: readonly string[], cwd: string): void {
  const { status, stdout, stderr } = spawnSync("npm", args, { cwd, encoding: "utf8" });
  if (status !== 0) throw new Error(`npm ${args.join(" ")} exited ${String(status)}: ${stdout}${stderr}`);
}
