/** What a machine of the boot tests has beside Debian: this machine's Node and npm, and Sotto where a test wants it. */
import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const PACKAGES = ["client", "agent", "cli"];
/** What npm must know to reach the registry from here. */
const SETTINGS = [
  "registry",
  "proxy",
  "https-proxy",
  "noproxy",
  "strict-ssl",
  "omit-lockfile-registry-resolved",
];

/** Where what is not Debian's goes in a machine. */
export const PREFIX = "/usr/local";
const CERTIFICATES = `${PREFIX}/etc/npm-ca.pem`;

/** Puts node and npm into a machine, with what npm knows here about the way to its registry. */
export function installNode(root: string): void {
  const prefix = join(root, PREFIX);
  for (const folder of ["bin", "etc", "lib/node_modules"])
    mkdirSync(join(prefix, folder), { recursive: true });
  copyFileSync(process.execPath, join(prefix, "bin/node"));
  cpSync(npmFolder(), join(prefix, "lib/node_modules/npm"), { recursive: true });
  symlinkSync("../lib/node_modules/npm/bin/npm-cli.js", join(prefix, "bin/npm"));
  const trusted = setting("cafile") ?? process.env["NODE_EXTRA_CA_CERTS"];
  if (trusted !== undefined) copyFileSync(trusted, join(root, CERTIFICATES));
  writeFileSync(join(prefix, "etc/npmrc"), npmSettings(trusted !== undefined));
}

/** Where npm keeps what it has fetched: machines share it. */
export function npmCache(): string {
  const folder = setting("cache") ?? "/root/.npm";
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** Sotto as its packages would be published, installed as the README says. */
export function installSotto(root: string): void {
  const folder = mkdtempSync(join(tmpdir(), "sotto-packages-"));
  try {
    const workspaces = PACKAGES.map((name) => `--workspace=packages/${name}`);
    npm(["pack", "--silent", `--pack-destination=${folder}`, ...workspaces], ROOT);
    const archives = readdirSync(folder).map((name) => join(folder, name));
    const quiet = ["--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"];
    npm(
      ["install", "--global", "--prefix", join(root, PREFIX), "--ignore-scripts", ...quiet, ...archives],
      folder,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The source as a fresh clone would have it, with what is not committed yet. */
export function copySource(folder: string): void {
  const listed = spawnSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "-z"], {
    cwd: ROOT,
  });
  const files = listed.stdout
    .toString()
    .split("\0")
    .filter((name) => name !== "");
  if (files.length === 0) throw new Error("not a checkout: there is no list of the source");
  for (const file of files) if (existsSync(join(ROOT, file))) cpSync(join(ROOT, file), join(folder, file));
}

/** npm is a program of node: its own folder is two above it. */
function npmFolder(): string {
  const found = (process.env["PATH"] ?? "")
    .split(delimiter)
    .map((one) => join(one, "npm"))
    .find(existsSync);
  const folder = found === undefined ? "" : join(realpathSync(found), "../..");
  if (!existsSync(join(folder, "bin/npm-cli.js"))) throw new Error("there is no npm to give to the machine");
  return folder;
}

function npmSettings(hasCertificates: boolean): string {
  const own = SETTINGS.map((name) => [name, setting(name)] as const);
  const known = own.flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`]));
  const trusted = hasCertificates ? [`cafile=${CERTIFICATES}`] : [];
  return [...known, ...trusted, "prefer-offline=true", "audit=false", "update-notifier=false", ""].join("\n");
}

/** One of this machine's own settings of npm; undefined where it has none. */
function setting(name: string): string | undefined {
  const value = npm(["config", "get", name], ROOT).trim();
  return ["", "null", "undefined"].includes(value) ? undefined : value;
}

function npm(args: readonly string[], cwd: string): string {
  const { status, stdout, stderr } = spawnSync("npm", args, { cwd, encoding: "utf8" });
  if (status !== 0) throw new Error(`npm ${args.join(" ")} exited ${String(status)}: ${stdout}${stderr}`);
  return stdout;
}
