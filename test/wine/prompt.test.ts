import { beforeEach, expect, it } from "vitest";
import { Pty } from "../support/pty.ts";
import { commandLine, environment, needsWine, PASSPHRASE, WineSandbox } from "./wine.ts";

beforeEach((context) => needsWine(context));

it("asks for a passphrase on the console, and does not show what is typed", async () => {
  await using sandbox = new WineSandbox();
  await sandbox.ok(["start"]);
  using pty = new Pty();
  const init = pty.spawn(
    commandLine("init", "--no-recovery", "--home", sandbox.home),
    environment() as Record<string, string>,
  );
  await pty.shows("New passphrase:");
  while (pty.echoes) await new Promise((resolve) => setTimeout(resolve, 20)); // Wine's console takes a moment
  pty.type(`${PASSPHRASE}\r`);
  await pty.shows("again:");
  pty.type(`${PASSPHRASE}\r`);
  expect(await init.ended).toEqual({ status: 0, signal: null });
  expect(pty.screen).not.toContain("horse");
  await sandbox.ok(["lock"]);
  await sandbox.ok(["unlock", "--passphrase-fd", "0"], PASSPHRASE);
});
