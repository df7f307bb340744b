import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { Failure } from "../failure/failure.ts";
import { systemFiles } from "./files.ts";
import { carryOut, plan } from "./install.ts";

const PROGRAM = {
  agent: ["/usr/bin/node", "/opt/main.js"],
  variables: {},
  command: ["/usr/bin/node", "/opt/agent.js"],
};
const FILES = systemFiles(PROGRAM);
const NEWER = systemFiles({ ...PROGRAM, agent: ["/usr/bin/node", "/opt/newer/main.js"] });
const SERVICE = "etc/systemd/system/sotto.service";
let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "sotto-systemd-"));
});
afterEach(() => rmSync(root, { recursive: true }));

const actions = (force = false, files = FILES): string[] => [
  ...new Set(plan(files, root, force).map(({ action }) => action)),
];
const install = (files = FILES, force = false): void => carryOut(plan(files, root, force));
const service = (): string => readFileSync(join(root, SERVICE), "utf8");

it("writes every file, readable for everyone whatever the umask is, and nothing when run again", () => {
  const old = process.umask(0o077);
  install();
  process.umask(old);
  expect(statSync(join(root, SERVICE)).mode & 0o777).toBe(0o644);
  expect(statSync(join(root, "etc/systemd/system")).mode & 0o777).toBe(0o755);
  expect(actions()).toEqual(["keep"]);
  expect(readdirSync(join(root, "etc/systemd/system")).filter((name) => name.startsWith("."))).toEqual([]);
});

it("writes a newer version over what nobody changed", () => {
  install();
  install(NEWER);
  expect(service()).toContain("/opt/newer/main.js");
});

it("writes nothing at all where one file was changed, unless forced", () => {
  install();
  writeFileSync(join(root, SERVICE), `${service()}# mine\n`);
  unlinkSync(join(root, "etc/sysusers.d/sotto.conf"));
  expect(() => install(NEWER)).toThrow(expect.objectContaining({ exit: 9 }) as Failure);
  expect(service()).toContain("# mine");
  expect(readdirSync(join(root, "etc/sysusers.d"))).toEqual([]);
  install(NEWER, true);
  expect(service()).not.toContain("# mine");
});

it("takes a link for a change: `systemctl mask` makes one", () => {
  install();
  unlinkSync(join(root, SERVICE));
  symlinkSync("/dev/null", join(root, SERVICE));
  expect(actions()).toContain("refuse");
});

it("says which file it cannot write", (context) => {
  context.skip(process.getuid?.() === 0, "root may write everywhere");
  chmodSync(root, 0o500);
  expect(() => install()).toThrow(/cannot be written \(EACCES\)/);
  chmodSync(root, 0o700);
});
