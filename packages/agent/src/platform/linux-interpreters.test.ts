import { expect, it } from "vitest";
import { fileBehind } from "./linux-file.ts";
import { isInterpreter } from "./linux-interpreters.ts";

const NO_FILE = "0:0";

it.each([
  ...[
    "python",
    "python3",
    "python3.11",
    "python3.11-dbg",
    "pypy3",
    "node",
    "nodejs",
    "node20",
    "deno",
    "bun",
  ],
  ...["sh", "bash", "dash", "zsh", "zsh5", "ksh93", "busybox", "busybox.static", "perl", "perl5.36.0"],
  ...[
    "ruby3.1",
    "php",
    "php8.2",
    "php-cgi",
    "lua5.4",
    "tclsh8.6",
    "awk",
    "gawk-5.2.1",
    "original-awk",
    "java",
  ],
  ...["env", "xargs", "find", "sudo", "su", "setpriv", "nsenter", "timeout", "gdb", "vim.basic"],
  ...["ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1", "ld-2.31.so", "ld-musl-x86_64.so.1", "ld.so"],
])("B43: %s is an interpreter by its name", (name) => {
  expect(isInterpreter(`/opt/x/${name}`, NO_FILE)).toBe(true);
});

it.each([
  "psql",
  "mysqldump",
  "cron",
  "restic",
  "backup",
  "pythonista",
  "shred",
  "sum",
  "finder",
  "rubyfmt",
  "nodeadm",
])("B43: %s is none", (name) => {
  expect(isInterpreter(`/opt/x/${name}`, NO_FILE)).toBe(false);
});

it("B43: whatever its name is, the file that runs this test is one", () => {
  expect(isInterpreter("/opt/x/report", fileBehind(process.execPath) ?? "")).toBe(true);
});
