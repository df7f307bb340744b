import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { readToken } from "./token.ts";

const folder = mkdtempSync(join(tmpdir(), "sotto-cli-"));
afterAll(() => rmSync(folder, { recursive: true }));

function tokenFile(mode: number, text = "token\n"): string {
  const path = join(folder, mode.toString(8));
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

test("a file that only its owner may read is taken, without the newline", () => {
  expect(readToken(tokenFile(0o600)).toString()).toBe("token");
  expect(readToken(tokenFile(0o400)).toString()).toBe("token");
});

test.each([0o640, 0o604, 0o620, 0o700, 0o4600])("mode %o is refused", (mode) => {
  expect(() => readToken(tokenFile(mode))).toThrow("open to others");
});

test("what is not a file of its own is refused", () => {
  symlinkSync(tokenFile(0o600), join(folder, "link"));
  mkdirSync(join(folder, "folder"));
  expect(() => readToken(join(folder, "link"))).toThrow("cannot be opened");
  expect(() => readToken(join(folder, "folder"))).toThrow("not a regular file");
  expect(() => readToken(join(folder, "absent"))).toThrow("ENOENT");
});
