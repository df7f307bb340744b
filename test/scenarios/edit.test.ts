/** `agent edit`: the file that an editor gets lies in memory, and nothing but what it leaves there is stored. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, it } from "vitest";
import { newMarker } from "../support/canaries.ts";
import { type Result, runCommand } from "../support/command.ts";
import { liveAgent } from "../support/live-agent.ts";
import { needsPrograms, needsRoot } from "../support/requirements.ts";
import { CLI, PASSPHRASE } from "../support/sandbox.ts";

/** Without tickets the passphrase proves both the fetch and the change. */
const agent = liveAgent({ config: { ticket: "0" } });
const NAME = "job/edited";
const VALUE = Buffer.concat([newMarker(), Buffer.from("\n\nlast ---\n---\n")]);

beforeEach(() => agent().sandbox.set(NAME, VALUE, ["--attr", "username=batch", "--attr", "url=https://x"]));

/** Runs `agent edit` with this line as the editor; the file's path is behind it. */
const edit = (editor: string, name = NAME): Promise<Result> =>
  agent().sandbox.agent(["edit", name], { passphrase: PASSPHRASE, env: { EDITOR: editor } });

async function stored(name = NAME): Promise<{ value: Buffer; attributes: unknown; version: unknown }> {
  const { sandbox } = agent();
  const proved = { passphrase: PASSPHRASE };
  const { stdout } = await sandbox.ok(["get", name, "--admin"], proved);
  const shown = await sandbox.ok(["get", name, "--admin", "--json"], proved);
  const { attributes, version } = JSON.parse(shown.stdout.toString()) as Record<string, unknown>;
  return { value: stdout, attributes, version };
}

/** Ends the command from within its editor: a shell may stand in between. */
const END = `p=$PPID; case $(cat /proc/$p/comm) in sh) p=$(cut -d ' ' -f 4 /proc/$p/stat);; esac; kill -TERM $p`;

/** A script that may be named as an editor, with the file as its first argument. */
function script(lines: string): string {
  const file = join(agent().sandbox.folder, "editor");
  writeFileSync(file, `set -e\n${lines}\n`);
  return `sh ${file}`;
}

it("changes attributes and value, exactly, as a new version", async () => {
  const before = await stored();
  const result = await edit(`sed -i -e 's/^username=.*/username=other/' -e '/^url=/d' -e 's/last/LAST/'`);
  expect(result).toMatchObject({ status: 0, stderr: "", stdout: Buffer.alloc(0) });
  const after = await stored();
  expect(after.value).toEqual(Buffer.from(VALUE.toString("latin1").replace("last", "LAST"), "latin1"));
  expect(after).toMatchObject({ attributes: { username: "other" }, version: Number(before.version) + 1 });
});

it("gives the editor a file of its own in memory, and takes it away", async () => {
  const told = join(agent().sandbox.folder, "told");
  const look = `stat -f -c %T "$1"; stat -c %a "$1"; dirname "$1"; stat -c %a "$(dirname "$1")"; echo "$TMPDIR"`;
  expect(await edit(script(`{ ${look}; } > ${told}; cp "$1" ${told}.copy`))).toMatchObject({ status: 0 });
  const [kind, mode, folder = "", folderMode, temporary] = readFileSync(told, "latin1").split("\n");
  expect([kind, mode, folderMode, temporary]).toEqual(["tmpfs", "600", "700", folder]);
  expect(existsSync(folder), folder).toBe(false);
  expect(readFileSync(`${told}.copy`).includes(VALUE)).toBe(true);
});

it.each(["true", "command true", ":"])("stores nothing where nothing was changed, by %s", async (editor) => {
  const before = await stored();
  const result = await edit(editor);
  expect(result).toMatchObject({ status: 0, stderr: "agent: nothing was changed\n" });
  expect(await stored()).toEqual(before);
});

it("tells the version with --json, a new one or the same", async () => {
  const proved = { passphrase: PASSPHRASE };
  for (const [editor, more] of [
    ["true", 0],
    ["sed -i s/last/LAST/", 1],
  ] as const) {
    const version = Number((await stored()).version) + more;
    const result = await agent().sandbox.ok(["edit", NAME, "--json"], { ...proved, env: { EDITOR: editor } });
    expect(JSON.parse(result.stdout.toString())).toEqual({ name: NAME, version });
  }
});

it.each([
  ["the editor fails", `printf x >> "$1"; exit 3`, 1, /the editor failed/],
  ["the file is gone", `rm "$1"`, 2, /left no file/],
  ["the file is a link", `ln -sf /etc/hostname "$1"`, 2, /left no file/],
  ["the dashes are gone", `sed -i 's/---//' "$1"`, 2, /dashes/],
  ["the value is gone", `sed -i '/^---/q' "$1"`, 2, /value is gone/],
  ["an attribute has no name", `sed -i '1i =job' "$1"`, 2, /line 1 takes KEY=VALUE/],
  ["the value is too long", `head -c 1100000 /dev/zero >> "$1"`, 2, /more than 1 MiB/],
  ["a signal ends it", `printf x >> "$1"; $END; exec sleep 20`, 1, /ended by SIGTERM/],
  ["somebody else changed it", `printf x >> "$1"; $OTHER`, 9, /somebody else/],
])("stores nothing, tells why and leaves no file where %s", async (_name, lines, status, text) => {
  const before = await stored();
  const other = `echo '${PASSPHRASE}' | ${process.execPath} ${CLI} set ${NAME} --generate --passphrase-fd 0`;
  const folder = join(agent().sandbox.folder, "folder");
  const told = `dirname "$1" > ${folder}\n`;
  const result = await edit(script(told + lines.replace("$OTHER", other).replace("$END", END)));
  expect(result, result.stderr).toMatchObject({ status, stdout: Buffer.alloc(0) });
  expect(result.stderr).toMatch(text);
  expect(result.stderr).not.toContain(VALUE.subarray(0, 12).toString());
  expect(existsSync(readFileSync(folder, "utf8").trim())).toBe(false);
  if (status !== 9) expect(await stored()).toEqual(before);
});

it("leaves no editor behind when a signal ends it", async () => {
  const told = join(agent().sandbox.folder, "editor-pid");
  const result = await edit(script(`echo $$ > ${told}\n${END}\nexec sleep 60`));
  expect(result, result.stderr).toMatchObject({ status: 1 });
  expect(existsSync(`/proc/${readFileSync(told, "latin1").trim()}`)).toBe(false);
});

it("is refused for what is not there, for what is no text, and without an editor", async () => {
  expect(await edit("true", "job/absent")).toMatchObject({ status: 4 });
  await agent().sandbox.set("job/binary", Buffer.from([0xff, 0]), []);
  const binary = await edit("true", "job/binary");
  expect([binary.status, binary.stderr]).toEqual([2, expect.stringContaining("no text")]);
  const without = await agent().sandbox.agent(["edit", NAME], { passphrase: PASSPHRASE });
  expect([without.status, without.stderr]).toEqual([2, expect.stringContaining("EDITOR")]);
  expect(await edit("/no/such/editor")).toMatchObject({ status: 2 });
});

it("is refused where no folder is in memory, before the editor is started", async (context) => {
  needsRoot(context);
  needsPrograms(context, "unshare");
  const { sandbox } = agent();
  const disk = join(sandbox.folder, "disk");
  mkdirSync(disk);
  const mounts = ["/dev/shm", "/run"].map((path) => `mount --bind ${disk} ${path}`).join("; ");
  const lines = `set -e; ${mounts}; exec "$0" "$@"`;
  const args = ["-m", "sh", "-c", lines, process.execPath, CLI, "edit", NAME];
  const started = join(sandbox.folder, "started");
  const result = await runCommand("unshare", args, {
    passphrase: PASSPHRASE,
    env: { ...sandbox.environment, EDITOR: `touch ${started};` },
  });
  expect(result).toMatchObject({ status: 1, stdout: Buffer.alloc(0) });
  expect(result.stderr).toMatch(/no folder in memory.*\nagent: hint: /);
  expect(existsSync(started)).toBe(false);
  rmSync(disk, { recursive: true });
});
