import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { installNode } from "./node.ts";
import { must } from "./programs.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const CACHE = join(ROOT, ".cache/boot");
const PACKAGES = "systemd,systemd-sysv,dbus,cron";

/** What a fetch of Debian's packages needs to know, as this machine's own apt has it. */
export interface Source {
  readonly suite: string;
  readonly uri: string;
}

/** Undefined where this machine is no Debian. */
export function ownSource(): Source | undefined {
  const release = readFileSync("/etc/os-release", "utf8");
  const suite = /^VERSION_CODENAME=(\w+)$/m.exec(release)?.[1];
  if (!/^ID=debian$/m.test(release) || suite === undefined) return undefined;
  const uri = sourceTexts().flatMap((text) => uriFor(text, suite))[0];
  return uri === undefined ? undefined : { suite, uri };
}

const sourceTexts = (): string[] =>
  ["/etc/apt/sources.list.d", "/etc/apt"].filter(existsSync).flatMap((folder) =>
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

export const baseFolder = (suite: string): string => join(CACHE, `debian-${suite}`);

/** A small Debian, made once and kept: nothing is ever changed in it. */
export function baseSystem({ suite, uri }: Source): string {
  const folder = baseFolder(suite);
  if (existsSync(folder)) return folder;
  mkdirSync(CACHE, { recursive: true });
  const partial = mkdtempSync(join(CACHE, "partial-"));
  try {
    must("debootstrap", ["--variant=minbase", `--include=${PACKAGES}`, suite, partial, uri]);
    must("chmod", ["755", partial]);
    becomes(partial, folder);
  } catch (error) {
    rmSync(partial, { recursive: true, force: true });
    throw error;
  }
  return folder;
}

/** Another run may have made it meanwhile: one is as good as the other. */
function becomes(partial: string, folder: string): void {
  try {
    renameSync(partial, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
    rmSync(partial, { recursive: true, force: true });
  }
}

/** A folder for a system of its own, with this machine's node and npm as nodejs.org's archive puts them. */
export function makeSystem(): string {
  const source = ownSource();
  if (source === undefined) throw new Error("this machine's apt does not say where Debian comes from");
  const base = baseSystem(source);
  removeAbandoned();
  const folder = mkdtempSync(join(CACHE, `machine-${process.pid}-`));
  try {
    must("cp", ["-a", "--reflink=auto", `${base}/.`, folder]);
    installNode(folder);
    return folder;
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

/** What runs that were killed have left. */
function removeAbandoned(): void {
  for (const name of readdirSync(CACHE)) {
    const owner = /^(?:\.#)?machine-(\d+)-/.exec(name)?.[1]; // its folder, log and lock
    if (owner !== undefined && !existsSync(`/proc/${owner}`))
      rmSync(join(CACHE, name), { recursive: true, force: true });
  }
}
