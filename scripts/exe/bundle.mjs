/** Makes one CommonJS file of command line, agent and all that they import, for one system: what a program holds. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";
import { CLIENT } from "../bundle.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const PACKAGES = join(ROOT, "packages");
const NATIVE = join(ROOT, "scripts/exe/native.mjs");
const SYSTEMS = { linux: "linux", win32: "windows" };

/** The text of the program for `linux` or `win32`. */
export async function bundleFor(system) {
  const bundler = await rolldown({
    input: join(ROOT, "scripts/exe/entry.mjs"),
    platform: "node",
    external: /^node:/,
    resolve: { alias: CLIENT },
    transform: { target: "node22" },
    plugins: [replacing(replacements(system))],
    onLog(level, log) {
      if (level === "warn" && !isExpected(log)) throw new Error(log.message);
    },
  });
  const { output } = await bundler.generate({ format: "cjs", codeSplitting: false, minify: true });
  await bundler.close();
  if (output.length !== 1) throw new Error("the program is more than one file");
  return output[0].code;
}

/** Modules whose place another one takes, whole. */
function replacements(system) {
  const { linux, win32 } = { linux: false, win32: false, [system]: true };
  if (!linux && !win32) throw new Error(`there is no program for ${system}`);
  const chosen = (folder) => JSON.stringify(join(PACKAGES, folder, "src/platform", `${SYSTEMS[system]}.ts`));
  const native = (name) =>
    `import { loadNative } from ${JSON.stringify(NATIVE)};\nconst native = loadNative("${name}");\n`;
  return {
    "packages/agent/src/platform/system.ts": `export * from ${chosen("agent")};`,
    "packages/client/src/platform/system.ts": `export * as system from ${chosen("client")};`,
    "node_modules/koffi/index.js": `${native("koffi.node")}export default native;`,
    "node_modules/sodium-native/binding.js": `module.exports = require(${JSON.stringify(NATIVE)}).loadNative("sodium-native.node");`,
  };
}

function replacing(texts) {
  const left = new Set(Object.keys(texts));
  return {
    name: "replacing",
    load(id) {
      const name = id.slice(ROOT.length);
      left.delete(name);
      return texts[name];
    },
    buildEnd(error) {
      if (error === undefined && left.size > 0)
        throw new Error(`not in the program: ${[...left].join(", ")}`);
    },
  };
}

/** `import.meta` where the program never comes: installation.ts asks first which it is. */
const isExpected = ({ code, loc, id }) =>
  code === "EMPTY_IMPORT_META" &&
  /packages\/(?:cli\/src\/installation|agent\/src\/version)\.ts$/.test(loc?.file ?? id ?? "");
