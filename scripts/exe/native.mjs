/**
 * The native modules of the one program. They lie beside it and are taken from nowhere else: only the very files that it was
 * built with, and only where nobody but root and its own user could put others in their place. Of access lists of Windows
 * nothing can be told before koffi is there: the agent judges them itself, right after.
 */
import { createHash } from "node:crypto";
import { lstatSync, readFileSync } from "node:fs";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { getAsset } from "node:sea";

const OTHERS_WRITE = 0o022;
const STICKY = 0o1000;
const NOW = constants.dlopen?.RTLD_NOW ?? 0;

/** The exports of a native module by the name of its file. Ends the process with exit 2 where it is not to be loaded. */
export function loadNative(name) {
  const path = join(dirname(process.execPath), name);
  const problem = objection(path, name);
  if (problem !== undefined) refuse(problem);
  const module = { exports: {} };
  process.dlopen(module, path, NOW);
  return module.exports;
}

function objection(path, name) {
  try {
    const open = process.geteuid === undefined ? undefined : openTo(path);
    if (open !== undefined) return `others could change ${open}`;
    const wanted = JSON.parse(getAsset("native.json", "utf8"))[name];
    const found = createHash("sha256").update(readFileSync(path)).digest("hex");
    return found === wanted ? undefined : `${path} is not the one that this program was built with`;
  } catch (error) {
    return `${path} cannot be read (${error.code ?? error.name})`;
  }
}

/** The file, or the folder above it, that somebody else could change. In a sticky folder nobody moves what is not theirs. */
function openTo(path) {
  for (let at = path; ; at = dirname(at)) {
    const { uid, mode } = lstatSync(at);
    const isTheirs = uid !== 0 && uid !== process.geteuid();
    if (isTheirs || ((mode & OTHERS_WRITE) !== 0 && (at === path || (mode & STICKY) === 0))) return at;
    if (at === dirname(at)) return undefined;
  }
}

function refuse(problem) {
  process.stderr.write(`agent: error: ${problem}: it is not loaded\n`);
  process.stderr.write(
    "agent: hint: install the program and its .node files anew, in a folder that only administrators write\n",
  );
  process.exit(2);
}
