/** What `agent systemd` prints and writes, and how much of the machine the unit leaves to the agent. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { runCommand, type Result } from "../support/command.ts";
import { needsPrograms } from "../support/requirements.ts";
import { CLI } from "../support/sandbox.ts";

/** Of 10. Who asks for the passphrase runs as root, which alone counts a good deal. */
const MOST_EXPOSED: Readonly<Record<string, number>> = { "sotto.service": 1, "sotto-unlock.service": 1.5 };
const UNITS = "etc/systemd/system";
let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "sotto-systemd-"));
});
afterEach(() => rmSync(root, { recursive: true }));

const systemd = (...args: readonly string[]): Promise<Result> =>
  runCommand(process.execPath, [CLI, "systemd", ...args], { env: { PATH: process.env["PATH"] ?? "" } });
const install = (...args: readonly string[]): Promise<Result> => systemd("install", "--root", root, ...args);

it("print shows what install writes, each file after its path", async () => {
  const printed = (await systemd("print")).stdout.toString();
  const { status, stdout, stderr } = await install();
  expect(status, stderr).toBe(0);
  const paths = stdout
    .toString()
    .trimEnd()
    .split("\n")
    .map((line) => line.replace(/^create /, ""));
  expect(paths).toHaveLength(7);
  for (const path of paths)
    expect(printed).toContain(`# ${path.slice(root.length)}\n${readFileSync(path, "utf8").trimEnd()}`);
  expect(stderr).toContain("systemctl enable --now");
});

it("--dry-run writes nothing, and tells programs what it would do", async () => {
  const { stdout } = await install("--dry-run", "--json");
  const { files, written } = JSON.parse(stdout.toString()) as {
    files: { path: string; action: string }[];
    written: boolean;
  };
  expect(written).toBe(false);
  expect(new Set(files.map(({ action }) => action))).toEqual(new Set(["create"]));
  expect(() => readFileSync(join(root, UNITS, "sotto.service"))).toThrow("ENOENT");
});

it("a file that was changed is kept, with exit 9, unless forced", async () => {
  await install();
  const unit = join(root, UNITS, "sotto.service");
  writeFileSync(unit, "[Service]\n");
  const refused = await install();
  expect(refused.status).toBe(9);
  expect(refused.stderr).toContain("was changed: nothing is written");
  expect(readFileSync(unit, "utf8")).toBe("[Service]\n");
  expect((await install("--force")).stdout.toString()).toContain(`update ${unit}`);
});

it.for(["sotto.service", "sotto-unlock.service"])(
  "by systemd's own measure %s is exposed by little",
  async (name, context) => {
    needsPrograms(context, "systemd-analyze");
    await install();
    const unit = join(root, UNITS, name);
    const { stdout, stderr } = await runCommand(
      "systemd-analyze",
      ["security", "--offline=true", "--no-pager", unit],
      { env: { PATH: process.env["PATH"] ?? "" } },
    );
    const level = /Overall exposure level for \S+: ([\d.]+)/.exec(stdout.toString())?.[1];
    context.skip(
      level === undefined && stderr.includes("unrecognized option"),
      "this systemd-analyze needs a running systemd",
    );
    expect(Number(level), stderr).toBeLessThanOrEqual(MOST_EXPOSED[name] ?? 0);
  },
);
