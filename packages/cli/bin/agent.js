#!/usr/bin/env node
"use strict";
// CommonJS, and a job's `get` in one file: Node's loader of ES modules alone takes longer than a fetch.

const args = process.argv.slice(2);
const whole = () => import("../dist/main.js").catch(tellIncomplete);
const trouble = (call, what) =>
  import("../dist/job-trouble.js").then(({ tellTrouble }) => tellTrouble(call, what)).catch(tellIncomplete);

// Where there is a native client, this process becomes it.
if (args[0] === "get" && "execve" in process)
  import("../dist/native-get.js")
    .then(({ becomeNative }) => becomeNative(args.slice(1)))
    .then(start)
    .catch(tellIncomplete);
else start();

function start() {
  try {
    if (args[0] === "get") require("../dist/job.cjs").runJob(args, { whole, trouble });
    else whole();
  } catch (error) {
    if (error.code === "MODULE_NOT_FOUND")
      whole(); // compiled and not bundled: the same, but slower
    else tellIncomplete(error);
  }
}

function tellIncomplete(error) {
  process.stderr.write(
    `agent: error: this installation of Sotto is incomplete (${error.code ?? error.name})\n`,
  );
  process.stderr.write("agent: hint: install it again\n");
  process.exitCode = 1;
}
