import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { readPassphrase, readValue } from "./descriptor.ts";

const folder = mkdtempSync(join(tmpdir(), "sotto-cli-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Calls `read` with a descriptor that gives these bytes. */
function reading(bytes: string | Buffer, read: (fd: number) => Buffer): Buffer {
  const file = join(folder, "input");
  writeFileSync(file, bytes);
  const fd = openSync(file, "r");
  try {
    return read(fd);
  } finally {
    closeSync(fd);
  }
}

const passphrase = (bytes: string | Buffer): Buffer =>
  reading(bytes, (fd) => readPassphrase(fd, "--passphrase-fd"));
const value = (bytes: string | Buffer, trim = false): Buffer =>
  reading(bytes, (fd) => readValue(fd, "--stdin", trim));

describe("a passphrase from a descriptor", () => {
  test("loses one newline at its end and nothing else", () => {
    expect(passphrase("secret\n").toString()).toBe("secret");
    expect(passphrase("secret\n\n").toString()).toBe("secret\n");
    expect(passphrase(" secret\r\n").toString()).toBe(" secret\r");
    expect(passphrase("").length).toBe(0);
  });

  test("holds at most 1 KiB, without the newline", () => {
    expect(passphrase("x".repeat(1024) + "\n").length).toBe(1024);
    expect(() => passphrase("x".repeat(1025))).toThrow("more than 1024 bytes");
    expect(() => passphrase("x".repeat(1024) + "\n\n")).toThrow("more than 1024 bytes");
  });
});

describe("a value from a descriptor", () => {
  test("is exact unless trimmed", () => {
    const bytes = Buffer.from([0, 255, 10, 10]);
    expect(value(bytes)).toEqual(bytes);
    expect(value(bytes, true)).toEqual(bytes.subarray(0, 3));
  });

  test("holds at most 1 MiB", () => {
    const most = Buffer.alloc(1024 * 1024, 7);
    expect(value(most).equals(most)).toBe(true);
    expect(() => value(Buffer.concat([most, Buffer.from("\n")]))).toThrow("more than 1 MiB");
  });
});

test("a descriptor that is not open is a usage failure that names the option", () => {
  expect(() => readPassphrase(987, "--passphrase-fd")).toThrow("--passphrase-fd cannot be read (EBADF)");
});
