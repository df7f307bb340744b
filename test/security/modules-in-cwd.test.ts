/** Where a command or the agent is started from decides nothing about the code that it loads. */
import { existsSync, mkdirSync, readlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { agentArguments } from "../../packages/cli/src/launcher/arguments.ts";
import { runCommand } from "../support/command.ts";
import { needsRoot } from "../support/requirements.ts";
import { PASSPHRASE, Sandbox } from "../support/sandbox.ts";

/** What Sotto loads. The last four: what might be looked for by a name alone. */
const MODULES = [
  ...["msgpackr", "koffi", "sodium-native", "pino", "commander", "temporal-polyfill", "d3-scale"],
  ...["@sotto/client", "@sotto/client/protocol", "@sotto/agent", "@sotto/agent/main", "@sotto/cli"],
  ...["node-gyp-build", "require-addon", "bare-os", "msgpackr-extract"],
];
const CALLS: readonly (readonly string[])[] = [
  ["status"],
  ["set", "job/secret", "--generate", "20"],
  ["list", "--all"],
  ["lock"],
  ["unlock"],
];
const TAKES_PASSPHRASE = new Set(["set", "list", "unlock"]);

/** A folder full of traps: each leaves a file behind when it is loaded. */
function layTraps(folder: string, mark: string): void {
  const trap = `require("node:fs").appendFileSync(${JSON.stringify(mark)}, __filename + "\\n");`;
  const put = (path: string, text: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  const manifest = {
    type: "commonjs",
    main: "index.js",
    exports: { ".": "./index.js", "./*": "./index.js" },
  };
  for (const name of MODULES) {
    put(`node_modules/${name}/index.js`, trap);
    put(`node_modules/${name}/package.json`, JSON.stringify({ name, ...manifest }));
  }
  put("trap.cjs", trap);
  put("index.js", trap);
  const imports = { "#main": "./trap.cjs", "#platform": "./trap.cjs" };
  put(
    "package.json",
    JSON.stringify({ name: "@sotto/cli", ...manifest, imports, bin: { agent: "./trap.cjs" } }),
  );
  put(
    ".npmrc",
    `node-options=--require=${join(folder, "trap.cjs")}\nscript-shell=${join(folder, "trap.cjs")}\n`,
  );
  put(".env", `NODE_OPTIONS=--require=${join(folder, "trap.cjs")}\n`);
  put("node.config.json", JSON.stringify({ nodeOptions: { import: [join(folder, "trap.cjs")] } }));
}

it("B82: modules, manifests and settings in the working directory are not loaded, by the command or the agent", async () => {
  await using sandbox = new Sandbox();
  const cwd = join(sandbox.folder, "traps");
  const mark = join(sandbox.home, "mark");
  layTraps(cwd, mark);
  await sandbox.ok(["start"], { cwd });
  await sandbox.ok(["init", "--no-recovery"], { cwd, passphrase: PASSPHRASE });
  for (const args of CALLS) {
    const passphrase = TAKES_PASSPHRASE.has(args[0] ?? "") ? { passphrase: PASSPHRASE } : {};
    await sandbox.ok(args, { cwd, ...passphrase });
  }
  const got = await sandbox.ok(["get", "job/secret", "--admin"], { cwd, passphrase: PASSPHRASE });
  expect(got.stdout).toHaveLength(20);
  expect(existsSync(mark), "no trap was loaded").toBe(false);

  const loaded = await runCommand(process.execPath, ["-e", 'require("msgpackr")'], { cwd });
  expect([loaded.status, existsSync(mark)], "a trap works where it is loaded").toEqual([0, true]);
});

it("B82: the agent works in /, wherever it was started", async (context) => {
  needsRoot(context); // only root may look
  await using sandbox = new Sandbox();
  const cwd = join(sandbox.folder, "traps");
  const mark = join(sandbox.home, "mark");
  layTraps(cwd, mark);
  await sandbox.ok(["start"], { cwd });
  expect(readlinkSync(`/proc/${String(await sandbox.pid())}/cwd`)).toBe("/");
  await sandbox.ok(["stop"]);

  const byHand = runCommand(process.execPath, agentArguments(sandbox, { foreground: true }), { cwd });
  await expect.poll(() => sandbox.pid(), { timeout: 20_000 }).toBeGreaterThan(0);
  expect(readlinkSync(`/proc/${String(await sandbox.pid())}/cwd`)).toBe("/");
  await sandbox.ok(["init", "--no-recovery"], { passphrase: PASSPHRASE });
  await sandbox.ok(["stop"]);
  expect((await byHand).status).toBe(0);
  expect(existsSync(mark)).toBe(false);
});
