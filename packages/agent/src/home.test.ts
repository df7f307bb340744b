import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { claimHome } from "./home.ts";
import type { Platform } from "./platform/index.ts";
import { StartError } from "./start-error.ts";

let folder = "";
let home = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sotto-home-"));
  home = join(folder, "home");
  mkdirSync(home, { mode: 0o700 });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const claim = (path: string, isFree = true): unknown =>
  claimHome(path, { claimFolder: () => isFree } as unknown as Platform);

/** The exit status and the text of the refusal. */
function refusal(path: string, isFree = true): [number, string] {
  try {
    claim(path, isFree);
  } catch (error) {
    if (error instanceof StartError) return [error.exit, error.message];
    throw error;
  }
  throw new Error("not refused");
}

describe("claimHome", () => {
  it("takes a folder that is ours alone", () => {
    expect(claim(home)).toMatchObject({ folder: home, config: join(home, "config.json") });
  });

  it.each(["720", "702", "750", "705", "701"])("B55: refuses a home of mode %s", (mode) => {
    chmodSync(home, parseInt(mode, 8));
    expect(refusal(home)).toEqual([2, `others may look into the home ${home}`]);
  });

  it("B55: refuses a home of another user", (context) => {
    context.skip(process.getuid?.() !== 0, "needs root: it gives a folder away");
    chownSync(home, 64_178, 64_178);
    expect(refusal(home)).toEqual([2, `the home ${home} belongs to another user`]);
  });

  it("refuses what is no folder", () => {
    const [missing, file, link] = ["missing", "file", "link"].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    writeFileSync(file, "");
    symlinkSync(home, link);
    for (const path of [missing, file, link])
      expect(refusal(path)).toEqual([2, `the home ${path} is not a folder`]);
  });

  it("refuses a home that another agent has claimed", () => {
    expect(refusal(home, false)).toEqual([1, `an agent is already running with the home ${home}`]);
  });
});
