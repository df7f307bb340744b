/**
 * Makes packages/cli/dist/job.cjs: what a job's `agent get` runs, in one file, out of the sources that `tsc` compiles too.
 * Part of `npm run build`, and done before each run of the tests, so that they never meet an old one.
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const PACKAGES = fileURLToPath(new URL("../packages", import.meta.url));
const FOLDER = join(PACKAGES, "cli/dist");
const FILE = join(FOLDER, "job.cjs");

/** Bundles, and writes what has changed. vitest calls it as its global set-up. */
export default async function bundle() {
  const bundler = await rolldown({
    input: join(PACKAGES, "cli/src/job.ts"),
    platform: "node",
    external: /^node:/,
    resolve: {
      alias: {
        "@sotto/client/quick": join(PACKAGES, "client/src/quick.ts"),
        "@sotto/client/protocol": join(PACKAGES, "client/src/protocol/index.ts"),
        "@sotto/client": join(PACKAGES, "client/src/index.ts"),
      },
    },
    treeshake: { moduleSideEffects: false },
    transform: { target: "node20" },
  });
  const { output } = await bundler.generate({ format: "cjs", file: FILE, sourcemap: true, minify: true });
  await bundler.close();
  mkdirSync(FOLDER, { recursive: true });
  for (const one of output) put(join(FOLDER, one.fileName), one.type === "chunk" ? one.code : one.source);
}

/** At once as a whole: other processes may be running the file now. */
function put(file, text) {
  if (current(file) === text) return;
  const temporary = `${file}.${String(process.pid)}`;
  writeFileSync(temporary, text);
  renameSync(temporary, file);
}

function current(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await bundle();
