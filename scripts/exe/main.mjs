/** `npm run build:exe`: dist/exe/linux-x64 and dist/exe/win32-x64, each a program with its native modules beside it. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { inject } from "postject";
import { bundleFor } from "./bundle.mjs";
import { nativeFor, nodeFor } from "./parts.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const FUSE = "NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2"; // nodejs.org, "Single executable applications"
const NAMES = { linux: "sotto-agent", win32: "agent.exe" };

async function build(system) {
  const started = performance.now();
  const work = mkdtempSync(join(tmpdir(), "sotto-exe-"));
  try {
    const native = nativeFor(system);
    writeFileSync(join(work, "main.cjs"), await bundleFor(system));
    writeFileSync(join(work, "native.json"), JSON.stringify(digestsOf(native)));
    const program = join(work, NAMES[system]);
    copyFileSync(nodeFor(system), program);
    await intoProgram(program, blobIn(work));
    const folder = place(system, program, native);
    console.log(`${folder}: ${String(Math.round((performance.now() - started) / 1000))} s`);
  } finally {
    rmSync(work, { recursive: true });
  }
}

const digestsOf = (native) =>
  Object.fromEntries(
    Object.entries(native).map(([name, path]) => [
      name,
      createHash("sha256").update(readFileSync(path)).digest("hex"),
    ]),
  );

/**
 * By a node of the very version of the program: what it reads is no stable format. `env`: flags come from NODE_OPTIONS as
 * they do to node; `cli` would let whoever may add an argument, as by a rule of sudo, load code.
 */
function blobIn(work) {
  const config = {
    main: join(work, "main.cjs"),
    output: join(work, "program.blob"),
    disableExperimentalSEAWarning: true,
    execArgv: ["--disable-sigusr1", "--no-warnings"],
    execArgvExtension: "env",
    assets: {
      "package.json": join(ROOT, "packages/cli/package.json"),
      "native.json": join(work, "native.json"),
    },
  };
  writeFileSync(join(work, "sea.json"), JSON.stringify(config));
  execFileSync(nodeFor("linux"), ["--experimental-sea-config", join(work, "sea.json")], {
    env: {},
    stdio: "pipe",
  });
  return config.output;
}

const intoProgram = (program, blob) =>
  inject(program, "NODE_SEA_BLOB", readFileSync(blob), { sentinelFuse: FUSE });

/** Puts all into one folder, at once: another process may be using what is there. */
function place(system, program, native) {
  const folder = join(ROOT, "dist/exe", `${system}-x64`);
  mkdirSync(folder, { recursive: true });
  const files = {
    ...native,
    [NAMES[system]]: program,
    "agent.1": join(ROOT, "packages/cli/dist/man/agent.1"),
    LICENSE: join(ROOT, "LICENSE"),
    "LICENSE.node": join(nodeFor("linux"), "../../LICENSE"),
  };
  for (const [name, path] of Object.entries(files)) {
    const temporary = join(folder, `.${name}.${String(process.pid)}`);
    copyFileSync(path, temporary);
    chmodSync(temporary, path === program ? 0o755 : 0o644);
    renameSync(temporary, join(folder, name));
  }
  return folder;
}

for (const system of process.argv.slice(2)) await build(system);
