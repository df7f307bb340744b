import { closeSync, linkSync, mkdtempSync, openSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isOpenAt } from "./same-file.ts";

describe("isOpenAt", () => {
  let folder = "";
  let fd = -1;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "sotto-same-file-"));
    for (const name of ["a", "b"]) writeFileSync(join(folder, name), "");
    fd = openSync(join(folder, "a"), "r");
  });
  afterEach(() => {
    closeSync(fd);
    rmSync(folder, { recursive: true });
  });

  it("knows the file by each of its names, and by no other file's or link", () => {
    linkSync(join(folder, "a"), join(folder, "same"));
    symlinkSync("a", join(folder, "link"));
    const names = ["a", "same", "b", "link", "missing"];
    expect(names.filter((name) => isOpenAt(join(folder, name), fd))).toEqual(["a", "same"]);
  });
});
