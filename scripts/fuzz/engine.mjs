/**
 * The fuzzer: jazzer.js (libFuzzer, with coverage of JavaScript), in the versions of engine/package-lock.json, installed into
 * .cache/fuzz and nowhere else. Its prebuilt part wants a C library of 2.38. Where this machine's is older, those of Debian 13
 * are fetched by apt, signed as every package of Debian is, and unpacked beside it: node itself is started with them.
 */
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const PROJECT = fileURLToPath(new URL("../..", import.meta.url));
const PINS = fileURLToPath(new URL("engine", import.meta.url));
export const CACHE = join(PROJECT, ".cache/fuzz");
const ENGINE = join(CACHE, "engine");
const LIBRARIES = join(CACHE, "libraries");
const CLI = join(ENGINE, "node_modules/@jazzer.js/core/dist/cli.js");

const WANTED_LIBC = [2, 38];
const SUITE = "trixie";
const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";
const PACKAGES = ["libc6", "libstdc++6", "libgcc-s1"];
/** Where Debian keeps the libraries of an architecture, and what loads them. */
const MACHINES = {
  x64: { triplet: "x86_64-linux-gnu", loader: "ld-linux-x86-64.so.2" },
  arm64: { triplet: "aarch64-linux-gnu", loader: "ld-linux-aarch64.so.1" },
};

/** Installs what is missing. Returns the path of a program that runs node as the fuzzer needs it, and of its command line. */
export function prepareEngine() {
  mkdirSync(CACHE, { recursive: true });
  installJazzer();
  const node = join(CACHE, "node");
  const prefix = hasLibc() ? [] : olderMachine();
  const words = [...prefix, process.execPath].map((word) => `'${word}'`).join(" ");
  writeFileSync(node, `#!/bin/sh\nexec ${words} "$@"\n`, { mode: 0o755 });
  return { node, cli: CLI };
}

function installJazzer() {
  const isThere = ["package-lock.json", "node_modules/.package-lock.json"].every((file) =>
    existsSync(join(ENGINE, file)),
  );
  const lock = (folder) => readFileSync(join(folder, "package-lock.json"), "utf8");
  if (isThere && lock(ENGINE) === lock(PINS)) return;
  rmSync(ENGINE, { recursive: true, force: true });
  cpSync(PINS, ENGINE, { recursive: true });
  console.log("fuzz: npm ci of the fuzzer into .cache/fuzz");
  execFileSync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: ENGINE,
  });
}

function hasLibc() {
  const [major = 0, minor = 0] = (process.report.getReport().header.glibcVersionRuntime ?? "")
    .split(".")
    .map(Number);
  return major > WANTED_LIBC[0] || (major === WANTED_LIBC[0] && minor >= WANTED_LIBC[1]);
}

/** The loader of the newer C library and its search path: node's arguments follow. */
function olderMachine() {
  const machine = MACHINES[process.arch];
  if (machine === undefined) throw new Error(`there is no fuzzer for ${process.arch}`);
  const folder = join(LIBRARIES, "usr/lib", machine.triplet);
  const loader = join(folder, machine.loader);
  if (!existsSync(loader)) fetchLibraries();
  return [loader, "--library-path", `${folder}:/usr/lib/${machine.triplet}`];
}

/** By an apt of its own: nothing of the system is read but where its packages come from, and nothing changed. */
function fetchLibraries() {
  const apt = join(CACHE, "apt");
  for (const folder of ["lists/partial", "cache/archives/partial", "packages"])
    mkdirSync(join(apt, folder), { recursive: true });
  writeFileSync(join(apt, "sources.list"), `deb [signed-by=${KEYRING}] ${debianUri()} ${SUITE} main\n`);
  const settings = {
    "Dir::Etc::SourceList": join(apt, "sources.list"),
    "Dir::Etc::SourceParts": "/dev/null",
    "Dir::State::Lists": join(apt, "lists"),
    "Dir::State::Status": "/dev/null",
    "Dir::Cache": join(apt, "cache"),
    "APT::Sandbox::User": "",
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
  const quiet = { cwd: join(apt, "packages"), stdio: ["ignore", "ignore", "inherit"] };
  console.log(`fuzz: the C library of Debian ${SUITE} into .cache/fuzz`);
  execFileSync("apt-get", [...options, "-qq", "update"], quiet);
  execFileSync("apt-get", [...options, "-qq", "download", ...PACKAGES], quiet);
  for (const file of readdirSync(quiet.cwd)) execFileSync("dpkg-deb", ["-x", file, LIBRARIES], quiet);
  rmSync(apt, { recursive: true });
}

/** Where this machine's own packages of Debian come from, as its apt has it. */
function debianUri() {
  const format = ["indextargets", "--format", "$(ORIGIN) $(CODENAME) $(REPO_URI)", "Identifier: Packages"];
  const lines = execFileSync("apt-get", format, { encoding: "utf8" }).split("\n");
  const found = lines
    .map((line) => line.split(" "))
    .find(([origin, suite]) => origin === "Debian" && /^[a-z]+$/.test(suite ?? ""));
  if (found === undefined)
    throw new Error("the fuzzer wants a C library of 2.38, and apt here has no packages of Debian");
  return found[2];
}
