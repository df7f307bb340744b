/** Who asks is `sotto-get`, which nobody may look into: rules judge it as any other program. */
import { copyFileSync, chmodSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, it } from "vitest";
import { runCommand } from "../support/command.ts";
import { Installation } from "../support/installation.ts";
import { needsCompiler, removeBuilds, sottoGet } from "../support/native.ts";
import { needsRoot } from "../support/requirements.ts";
import { PASSPHRASE, Sandbox } from "../support/sandbox.ts";
import { TrustedFolder } from "../support/trusted-folder.ts";
import { UserSandbox } from "../support/user-sandbox.ts";

const UID = 64_324;
removeBuilds();
beforeEach(needsCompiler);
beforeEach(needsRoot);

/** Exit statuses of programs that ask for the secret as that user. */
async function statuses(socket: string, ...lines: readonly string[]): Promise<unknown[]> {
  const env = { SOTTO_SOCKET: socket, PATH: "/usr/bin:/bin" };
  const ends = lines.map((line) => runCommand("/bin/sh", ["-c", line], { env, uid: UID }));
  return (await Promise.all(ends)).map(({ status }) => status);
}

it("a rule with --exe or --ancestor holds for it, and for no copy of it elsewhere", async () => {
  using trusted = new TrustedFolder();
  await using sandbox = await Sandbox.start({ shared: true });
  const program = trusted.program("sotto-get", sottoGet());
  const copy = join(sandbox.folder, "sotto-get");
  copyFileSync(program, copy);
  chmodSync(copy, 0o755);
  for (const name of ["by/exe", "by/ancestor"]) await sandbox.set(name, "value");
  await sandbox.grant("by/exe", "--uid", String(UID), "--exe", program);
  const shell = trusted.program("sh", "/bin/sh");
  await sandbox.grant("by/ancestor", "--uid", String(UID), "--ancestor", shell, "--allow-interpreter");
  const from = (path: string, name: string): string => `${path} ${name}; exit $?`;
  const within = `${shell} -c '${from(program, "by/ancestor")}'; exit $?`;
  expect(
    await statuses(
      sandbox.socket,
      from(program, "by/exe"),
      from(copy, "by/exe"),
      within,
      from(program, "by/ancestor"),
    ),
  ).toEqual([0, 4, 0, 4]);
});

it("an agent of the same user, without any rights over it, serves it by its uid", async () => {
  using installed = new Installation();
  await using sandbox = new UserSandbox(installed, UID);
  await sandbox.ok(["start"]);
  await sandbox.ok(["init", "--no-recovery"], { passphrase: PASSPHRASE });
  await sandbox.set("a/b", "value");
  await sandbox.grant("a/b", "--uid", String(UID));
  expect(await statuses(sandbox.socket, `${sottoGet()} a/b; exit $?`, `${sottoGet()} a/c; exit $?`)).toEqual([
    0, 4,
  ]);
});
