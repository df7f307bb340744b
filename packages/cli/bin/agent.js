#!/usr/bin/env node
try {
  // A job wants its secret soon: where there is a native client, this process becomes it.
  if (process.argv[2] === "get" && "execve" in process)
    (await import("../dist/native-get.js")).becomeNative(process.argv.slice(3));
  await import("../dist/main.js");
} catch (error) {
  process.stderr.write(
    `agent: error: this installation of Sotto is incomplete (${error.code ?? error.name})\n`,
  );
  process.stderr.write("agent: hint: install it again\n");
  process.exitCode = 1;
}
