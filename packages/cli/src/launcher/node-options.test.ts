import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { expect, test } from "vitest";
import { nodeOptions, splitNodeOptions } from "./node-options.ts";

test("flags come out as they went in, whatever is in a path", () => {
  const flag = fc.string({ unit: "grapheme", minLength: 1 }).map((text) => `--allow-fs-write=${text}`);
  fc.assert(
    fc.property(fc.array(flag), (flags) => {
      expect(splitNodeOptions(nodeOptions(flags))).toEqual(flags);
    }),
  );
});

test.each(["/srv/a b", String.raw`C:\Program Files\so"tto`, "/it's/$HOME/%d"])(
  "node itself reads %s as it was meant",
  (path) => {
    const NODE_OPTIONS = nodeOptions([`--title=${path}`, "--no-warnings"]);
    const title = execFileSync(process.execPath, ["-p", "process.title"], { env: { NODE_OPTIONS } });
    expect(title.toString().trim()).toBe(path);
  },
);
