/** The modes of what the agent makes are its own decision, never that of the umask it was started with. */
import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { runCommand } from "../support/command.ts";
import { CLI, PASSPHRASE, Sandbox } from "../support/sandbox.ts";

/** With the socket in a folder of its own, the home made by the command, and two saves behind it. */
async function modesUnder(umask: string): Promise<Record<string, string>> {
  await using sandbox = new Sandbox({ shared: true });
  const home = join(sandbox.folder, "made", "home");
  const run = async (
    args: readonly string[],
    more: { input?: string; passphrase?: string } = {},
  ): Promise<void> => {
    const line = ["-c", `umask ${umask}; exec "$@"`, "sh", process.execPath, CLI, "--home", home, ...args];
    const { status, stderr } = await runCommand("sh", line, { env: sandbox.environment, ...more });
    expect([status, stderr]).toEqual([0, ""]);
  };
  await run(["start"]);
  await run(["init", "--no-recovery"], { passphrase: PASSPHRASE });
  for (const input of ["one", "two"])
    await run(["set", "job/secret", "--stdin"], { input, passphrase: PASSPHRASE });
  const paths = [
    sandbox.socket,
    join(sandbox.socket, ".."),
    home,
    ...readdirSync(home).map((name) => join(home, name)),
  ];
  const modes = paths.map((path) => [
    path.slice(sandbox.folder.length),
    (lstatSync(path).mode & 0o7777).toString(8),
  ]);
  return Object.fromEntries(modes) as Record<string, string>;
}

it(
  "B124: umask 000 and 077 give the same modes: closed, but for the socket that rules guard",
  { timeout: 120_000 },
  async () => {
    const open = await modesUnder("000");
    expect(await modesUnder("077")).toEqual(open);
    const { "/run": folder, "/run/agent.sock": socket, "/made/home": home, ...files } = open;
    expect({ folder, socket, home }).toEqual({ folder: "755", socket: "666", home: "700" });
    expect(Object.keys(files)).toEqual(
      expect.arrayContaining(
        ["vault", "vault.bak", "last-seen", "audit.jsonl", "agent.log"].map((name) => `/made/home/${name}`),
      ),
    );
    expect(new Set(Object.values(files))).toEqual(new Set(["600"]));
  },
);

it("B124: a socket inside the home is as closed as the home", async () => {
  await using sandbox = await Sandbox.start({ init: false });
  expect(lstatSync(sandbox.socket).mode & 0o7777).toBe(0o600);
});
