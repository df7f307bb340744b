/** The Python job of docs/WINDOWS.md, as it stands there: it needs nothing of Windows but the name of the program. */
import { readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { runCommand } from "../support/command.ts";
import { needsPrograms } from "../support/requirements.ts";
import { CLI, Sandbox } from "../support/sandbox.ts";

const DOCUMENT = fileURLToPath(new URL("../../docs/WINDOWS.md", import.meta.url));
const job = /```python\n(.+?)```/s.exec(readFileSync(DOCUMENT, "utf8"))?.[1] ?? "";

it("gets the exact bytes by subprocess, and ends as agent get ends", async (context) => {
  needsPrograms(context, "python3");
  await using sandbox = await Sandbox.start();
  const value = Buffer.from([0, 0xff, 0x0d, 0x0a, 0x1a, 0x0a]); // what a text mode would change
  await sandbox.set("bank/login", value);
  symlinkSync(CLI, join(sandbox.folder, "agent.exe"));
  const env = { ...sandbox.environment, PATH: `${sandbox.folder}:${process.env["PATH"] ?? ""}` };
  const run = (): ReturnType<typeof runCommand> =>
    runCommand("python3", ["-c", `${job}\nimport sys; sys.stdout.buffer.write(password)`], { env });
  const denied = await run();
  expect([denied.status, denied.stdout.length]).toEqual([4, 0]);
  await sandbox.grant("bank/login", "--uid", String(process.getuid?.()));
  const allowed = await run();
  expect([allowed.status, allowed.stdout.equals(value)]).toEqual([0, true]);
});
