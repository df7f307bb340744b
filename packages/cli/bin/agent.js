#!/usr/bin/env node
try {
  await import("../dist/main.js");
} catch (error) {
  process.stderr.write(
    `agent: error: this installation of Sotto is incomplete (${error.code ?? error.name})\n`,
  );
  process.stderr.write("agent: hint: install it again\n");
  process.exitCode = 1;
}
