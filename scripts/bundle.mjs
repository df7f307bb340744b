/**
 * Makes what bin/agent.js loads, out of the sources that `tsc` compiles too: one file, or few, and no ES modules. To find,
 * link and compile many takes Node longer than most commands. Part of `npm run build`, and done before each run of the
 * tests, so that they never meet an old one.
 *
 * What runs on Windows only is not in it: it needs koffi. There all of this fails to load, and bin/agent.js goes on with
 * what is compiled.
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const PACKAGES = fileURLToPath(new URL("../packages", import.meta.url));
const FOLDER = join(PACKAGES, "cli/dist");
const source = (name) => join(PACKAGES, `cli/src/${name}.ts`);
const CLIENT = {
  "@sotto/client/quick": join(PACKAGES, "client/src/quick.ts"),
  "@sotto/client/protocol": join(PACKAGES, "client/src/protocol/index.ts"),
  "@sotto/client": join(PACKAGES, "client/src/index.ts"),
};
/** Stays what it is, and where: see above. */
const windowsLeftOut = {
  name: "windows-left-out",
  resolveId: (id, from) =>
    /^\.\/windows(-\w+)?\.ts$/.test(id) && from === source("platform/index")
      ? { id: `./platform/${id.slice(2, -3)}.js`, external: true }
      : undefined,
};
/** What comes from others is loaded from where it is installed, with its licence. */
const isOthers = (id) => !/^[./]|^@sotto\/client|^@oxc-project\/runtime/.test(id);

const BUNDLES = [
  // A job's `agent get`: everything in one file, and as small as it gets.
  { input: { job: source("job") }, output: { minify: true } },
  { input: { "native-get": source("native-get") }, output: { minify: true } },
  // Every command in a file of its own, and one with what two or more have in common.
  {
    input: { whole: source("whole"), "job-trouble": source("job-trouble") },
    output: {
      chunkFileNames: "whole-[name].cjs",
      codeSplitting: { groups: [{ name: "common", minShareCount: 2 }] },
    },
  },
];

/** Bundles, and writes what has changed. vitest calls it as its global set-up. */
export default async function bundle() {
  const made = (await Promise.all(BUNDLES.map(generate))).flat();
  mkdirSync(FOLDER, { recursive: true });
  for (const one of made) put(join(FOLDER, one.fileName), one.type === "chunk" ? one.code : one.source);
  const names = new Set(made.map(({ fileName }) => fileName));
  for (const name of readdirSync(FOLDER))
    if (/\.cjs(\.map)?$/.test(name) && !names.has(name)) rmSync(join(FOLDER, name)); // of a command that is gone
}

async function generate({ input, output }) {
  const bundler = await rolldown({
    input,
    platform: "node",
    external: isOthers,
    plugins: [windowsLeftOut],
    resolve: { alias: CLIENT },
    treeshake: { moduleSideEffects: false },
    transform: { target: "node20" },
  });
  const made = await bundler.generate({
    format: "cjs",
    dir: FOLDER,
    entryFileNames: "[name].cjs",
    sourcemap: true,
    ...output,
  });
  await bundler.close();
  return made.output;
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
