import { existsSync } from "node:fs";
import { join } from "node:path";
import { baseFolder, baseSystem, ownSource, type Source } from "./debian.ts";
import { attempt } from "./programs.ts";

const NEEDED = ["debootstrap", "systemd-nspawn", "nsenter", "setpriv", "wget"];
const FOLDERS = ["/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/**
 * Why no machine can be booted here; undefined where one can. A container within a container mostly may not mount what
 * one needs: systemd-nspawn itself is asked, with a program that does nothing.
 */
export function whyNoBoot(): string | undefined {
  if (process.getuid?.() !== 0) return "needs root: it boots a machine";
  const missing = NEEDED.filter((name) => !FOLDERS.some((folder) => existsSync(join(folder, name))));
  if (missing.length > 0) return `not installed: ${missing.join(", ")} (scripts/prepare installs it)`;
  const source = ownSource();
  if (source === undefined) return "this is no Debian whose apt says where its packages come from";
  if (!existsSync(baseFolder(source.suite)) && !answers(source))
    return `a small Debian is not there yet, and ${source.uri} does not answer`;
  const probe = [
    "-q",
    "-D",
    baseSystem(source),
    "--register=no",
    "--keep-unit",
    "--volatile=yes",
    "/bin/true",
  ];
  const { status, stderr } = attempt("systemd-nspawn", probe);
  return status === 0 ? undefined : `systemd-nspawn does not work here: ${stderr.trim()}`;
}

const answers = ({ uri, suite }: Source): boolean =>
  attempt("wget", ["--quiet", "--spider", "--tries=3", `${uri}/dists/${suite}/InRelease`]).status === 0;
