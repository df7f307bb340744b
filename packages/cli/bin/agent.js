#!/usr/bin/env node
"use strict";
// CommonJS, and what it loads is bundled (scripts/bundle.mjs): Node's loader of ES modules alone takes longer than a fetch.

const args = process.argv.slice(2);

if (args[0] === "get") get();
else whole();

/** A job's plain `get` is one file; where there is a native client, this process becomes that. */
function get() {
  try {
    if ("execve" in process) require("../dist/native-get.cjs").becomeNative(args.slice(1));
    require("../dist/job.cjs").runJob(args, { whole, trouble });
  } catch (error) {
    if (isMissing(error)) whole();
    else tellIncomplete(error);
  }
}

function whole() {
  load("whole")
    .then(({ runWhole }) => runWhole(args))
    .catch(tellIncomplete);
}

function trouble(call, what) {
  load("job-trouble")
    .then(({ tellTrouble }) => tellTrouble(call, what))
    .catch(tellIncomplete);
}

/** Bundled; or as compiled, where it is not bundled or cannot be (Windows): the same, but slower. */
async function load(name) {
  try {
    return require(`../dist/${name}.cjs`);
  } catch (error) {
    if (isMissing(error)) return import(`../dist/${name}.js`);
    throw error;
  }
}

function isMissing(error) {
  return error.code === "MODULE_NOT_FOUND";
}

function tellIncomplete(error) {
  process.stderr.write(
    `agent: error: this installation of Sotto is incomplete (${error.code ?? error.name})\n`,
  );
  process.stderr.write("agent: hint: install it again\n");
  process.exitCode = 1;
}
