/** The Python jobs of docs/WINDOWS.md, as they stand there: they need nothing of Windows but the name of the program. */
import { readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { runCommand } from "../support/command.ts";
import { needsPython, runPython } from "../support/python.ts";
import { needsPrograms } from "../support/requirements.ts";
import { CLI, Sandbox } from "../support/sandbox.ts";

const DOCUMENT = fileURLToPath(new URL("../../docs/WINDOWS.md", import.meta.url));
const jobs = [...readFileSync(DOCUMENT, "utf8").matchAll(/```python\n(.+?)```/gs)].map(
  ([, code]) => code ?? "",
);
const [byLibrary = "", bySubprocess = ""] = jobs;
const VALUE = Buffer.from([0, 0xff, 0x0d, 0x0a, 0x1a, 0x0a]); // what a text mode would change
const LOG_IN = `
import sys
def log_in(username, password):
    sys.stdout.buffer.write(username.encode() + b" " + password)
`;

it("gets the exact bytes by the library, and ends as agent get ends", async (context) => {
  needsPython(context, "msgpack");
  await using sandbox = await Sandbox.start();
  await sandbox.set("bank/login", VALUE, ["--attr", "username=batch"]);
  const run = (): ReturnType<typeof runCommand> =>
    runPython(LOG_IN + byLibrary, [], { env: sandbox.environment });
  expect(await run()).toMatchObject({ status: 4, stderr: "" });
  await sandbox.grant("bank/login", "--uid", String(process.getuid?.()));
  const allowed = await run();
  const expected = Buffer.concat([Buffer.from("batch "), VALUE]);
  expect([allowed.status, allowed.stdout.equals(expected)]).toEqual([0, true]);
});

it("gets the exact bytes by subprocess, and ends as agent get ends", async (context) => {
  needsPrograms(context, "python3");
  await using sandbox = await Sandbox.start();
  await sandbox.set("bank/login", VALUE);
  symlinkSync(CLI, join(sandbox.folder, "agent.exe"));
  const env = { ...sandbox.environment, PATH: `${sandbox.folder}:${process.env["PATH"] ?? ""}` };
  const run = (): ReturnType<typeof runCommand> =>
    runCommand("python3", ["-c", `${bySubprocess}\nimport sys; sys.stdout.buffer.write(password)`], { env });
  const denied = await run();
  expect([denied.status, denied.stdout.length]).toEqual([4, 0]);
  await sandbox.grant("bank/login", "--uid", String(process.getuid?.()));
  const allowed = await run();
  expect([allowed.status, allowed.stdout.equals(VALUE)]).toEqual([0, true]);
});
