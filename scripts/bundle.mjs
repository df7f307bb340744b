/**
 * Makes what runs, out of the sources that `tsc` compiles too: what bin/agent.js loads, and the agent. Few files, and for
 * the command line no ES modules: to find, link and compile many takes Node longer than most commands. Part of
 * `npm run build`, and done before each run of the tests, so that they never meet an old one. Nothing is minified but what
 * a job's fetch waits for, and each file has its map.
 *
 * Of the command line what runs on Windows only is not in it: it needs koffi. There all of this fails to load, and
 * bin/agent.js goes on with what is compiled.
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const PACKAGES = fileURLToPath(new URL("../packages", import.meta.url));
const cli = (name) => join(PACKAGES, `cli/src/${name}.ts`);
/** The sources of the client, by the names under which the other packages ask for them. */
export const CLIENT = {
  "@sotto/client/quick": join(PACKAGES, "client/src/quick.ts"),
  "@sotto/client/protocol": join(PACKAGES, "client/src/protocol/index.ts"),
  "@sotto/client/win32": join(PACKAGES, "client/src/platform/win32/index.ts"),
  "@sotto/client": join(PACKAGES, "client/src/index.ts"),
};
/** Stays what it is, and where: see above. */
const windowsLeftOut = {
  name: "windows-left-out",
  resolveId: (id, from) =>
    /^\.\/windows(-\w+)?\.ts$/.test(id) && from === cli("platform/index")
      ? { id: `./platform/${id.slice(2, -3)}.js`, external: true }
      : undefined,
};
/** What comes from others is loaded from where it is installed, with its licence. */
const othersLeftOut = {
  name: "others-left-out",
  resolveId: (id) =>
    /^[./\0]|^@sotto\/client|^@oxc-project\/runtime/.test(id) ? undefined : { id, external: true },
};
/**
 * These the agent asks for as they are made, by `require`: to import a CommonJS package Node reads each of its files once
 * more, to find out what it exports, which takes a fifth of the agent's start.
 */
const COMMON_JS = new Set(["koffi", "pino", "sodium-native"]);
const REQUIRED = "\0required/";
const required = {
  name: "required",
  resolveId: (id, from) => (COMMON_JS.has(id) && !from.startsWith(REQUIRED) ? REQUIRED + id : undefined),
  load: (id) =>
    id.startsWith(REQUIRED)
      ? `module.exports = require(${JSON.stringify(id.slice(REQUIRED.length))});`
      : undefined,
};

const AS_COMMANDS = { folder: "cli/dist", format: "cjs", entryFileNames: "[name].cjs" };
const BUNDLES = [
  // A job's `agent get`: everything in one file, and as small as it gets.
  { ...AS_COMMANDS, input: { job: cli("job") }, minify: true },
  { ...AS_COMMANDS, input: { "native-get": cli("native-get") }, minify: true },
  // Every command in a file of its own, and one with what two or more have in common.
  {
    ...AS_COMMANDS,
    input: { whole: cli("whole"), "job-trouble": cli("job-trouble") },
    chunkFileNames: "whole-[name].cjs",
    codeSplitting: { groups: [{ name: "common", minShareCount: 2 }] },
  },
  // The agent: what hardens the process, what it loads then, and a file for each system.
  {
    folder: "agent/dist",
    format: "esm",
    input: { agent: join(PACKAGES, "agent/src/main.ts") },
    entryFileNames: "[name].mjs",
    chunkFileNames: "agent-[name].mjs",
    plugins: [required],
  },
];

/** Bundles, and writes what has changed. vitest calls it as its global set-up. */
export default async function bundle() {
  const made = (await Promise.all(BUNDLES.map(generate))).flat();
  for (const { path, text } of made) {
    mkdirSync(dirname(path), { recursive: true });
    put(path, text);
  }
  const paths = new Set(made.map(({ path }) => path));
  for (const folder of new Set(made.map(({ path }) => dirname(path))))
    for (const name of readdirSync(folder))
      if (/\.[cm]js(\.map)?$/.test(name) && !paths.has(join(folder, name))) rmSync(join(folder, name)); // of a command that is gone
}

async function generate({ input, folder, plugins = [], ...output }) {
  const bundler = await rolldown({
    input,
    platform: "node",
    plugins: [windowsLeftOut, ...plugins, othersLeftOut],
    resolve: { alias: CLIENT },
    treeshake: { moduleSideEffects: false },
    transform: { target: "node20" },
  });
  const dir = join(PACKAGES, folder);
  const made = await bundler.generate({ dir, sourcemap: true, ...output });
  await bundler.close();
  return made.output.map((one) => ({
    path: join(dir, one.fileName),
    text: one.type === "chunk" ? one.code : one.source,
  }));
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
