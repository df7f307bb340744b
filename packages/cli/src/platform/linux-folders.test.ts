import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, expect, test } from "vitest";
import { prepareFolders } from "./linux-folders.ts";

const base = mkdtempSync(join(tmpdir(), "sotto-cli-"));
const umask = process.umask(0o022);
afterEach(() => process.umask(umask));
afterAll(() => rmSync(base, { recursive: true }));

const modeOf = (path: string): number => statSync(path).mode & 0o7777;

test.each([0o000, 0o077])("the modes are the same with umask %o", (mask) => {
  process.umask(mask);
  const at = join(base, `umask-${mask.toString(8)}`);
  prepareFolders({ home: join(at, "deep/home"), socket: join(at, "run/agent.sock") });
  expect(modeOf(join(at, "deep/home"))).toBe(0o700);
  expect(modeOf(join(at, "run"))).toBe(0o755);
});

test("a folder that is there keeps its mode", () => {
  const home = join(base, "kept");
  mkdirSync(home, { mode: 0o750 });
  prepareFolders({ home, socket: join(home, "agent.sock") });
  expect(modeOf(home)).toBe(0o750);
});

test("a home that others may write in, or that is none, is refused", () => {
  const home = join(base, "open");
  mkdirSync(home);
  chmodSync(home, 0o770);
  expect(() => prepareFolders({ home, socket: join(home, "s") })).toThrow("others may write");
  writeFileSync(join(base, "file"), "");
  expect(() => prepareFolders({ home: join(base, "file"), socket: "/s" })).toThrow("not a folder");
  expect(() => prepareFolders({ home: join(base, "file/below"), socket: "/s" })).toThrow(
    expect.objectContaining({
      message: expect.stringContaining("cannot be made") as string,
      hint: expect.stringContaining("--socket") as string,
    }),
  );
});

test.each(["/tmp/a*", "/tmp/a,b"])("a path that node would misread is refused: %s", (path) => {
  expect(() => prepareFolders({ home: path, socket: "/tmp/s" })).toThrow("comma");
  expect(() => prepareFolders({ home: "/tmp/h", socket: `${path}/s` })).toThrow("comma");
});
