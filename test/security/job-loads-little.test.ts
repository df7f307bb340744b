import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { runCommand } from "../support/command.ts";
import { Installation } from "../support/installation.ts";
import { Sandbox } from "../support/sandbox.ts";

/** Fetches, and then says what shared objects and modules the process has loaded. */
const JOB = `
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { withSecret } from "@sotto/client";
await withSecret("job/login", () => undefined, { socket: process.argv[2] });
const modules = Object.keys(createRequire(import.meta.url).cache);
console.log(JSON.stringify({ maps: readFileSync("/proc/self/maps", "latin1"), modules }));
`;

it("a job that fetches a secret by the library loads no native module, and nothing of the agent or the command line", async () => {
  using installed = new Installation();
  await using sandbox = await Sandbox.start({ init: true });
  await sandbox.set("job/login", "value");
  await sandbox.grant("job/login", "--uid", String(process.getuid?.()));
  const script = join(installed.folder, "job.mjs");
  writeFileSync(script, JOB);
  const { status, stdout, stderr } = await runCommand(installed.node, [script, sandbox.socket]);
  expect(status, stderr).toBe(0);
  const { maps, modules } = JSON.parse(stdout.toString()) as { maps: string; modules: string[] };
  expect(maps).toContain("node");
  expect(maps).not.toMatch(/\.node$/m);
  expect(maps + modules.join("\n")).not.toMatch(/sodium|koffi|pino|commander/);
});

it("the manifest of the client asks for msgpackr alone", () => {
  const manifest = new URL("../../packages/client/package.json", import.meta.url);
  const { dependencies } = JSON.parse(readFileSync(manifest, "utf8")) as { dependencies: object };
  expect(Object.keys(dependencies)).toEqual(["msgpackr"]);
});
