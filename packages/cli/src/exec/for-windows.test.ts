/** What `agent exec` makes for Windows, as far as it can be judged anywhere; test/wine/exec.test.ts runs programs with it. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { commandLine, findProgram } from "./command-line.ts";
import { environmentBlock, writeUtf16 } from "./environment-block.ts";

const text = (block: Buffer): string[] => block.toString("utf16le").split("\0");
const variable = (
  name: string,
  value: string | Buffer,
): { variable: string; name: string; bytes: Buffer } => ({
  variable: name,
  name: "a/b",
  bytes: Buffer.from(value),
});

describe("the environment", () => {
  it("is ordered, replaces what is there, and ends with an empty string", () => {
    const base = { Path: "C:\\bin", zeta: "1", Password: "old", NONE: undefined };
    const [a, b, c, ...rest] = text(environmentBlock(base, [variable("PASSWORD", "grüß dich 🔑")]));
    expect([a, b, c]).toEqual(["PASSWORD=grüß dich 🔑", "Path=C:\\bin", "zeta=1"]);
    expect(rest.length).toBeGreaterThanOrEqual(2);
    expect(rest.every((one) => one === "")).toBe(true);
  });

  it("refuses what no environment of Windows holds", () => {
    const refused =
      (value: Buffer): (() => unknown) =>
      () =>
        environmentBlock({}, [variable("V", value)]);
    expect(refused(Buffer.from("a\0b"))).toThrow("a/b: the value holds a byte 0");
    expect(refused(Buffer.from([0xff, 0x41]))).toThrow("a/b: the value is not UTF-8");
    expect(refused(Buffer.alloc(32_765, "x"))).toThrow("a/b: the value is too long");
    expect(text(environmentBlock({}, [variable("V", Buffer.alloc(32_764, "x"))]))[0]).toHaveLength(32_766);
    expect(text(environmentBlock({}, [variable("V", "é".repeat(32_764))]))[0]).toHaveLength(32_766);
  });

  it("is UTF-16 of every text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (any) => {
        const bytes = Buffer.from(any);
        const target = Buffer.alloc(2 * bytes.length + 2);
        const end = writeUtf16(target, 0, bytes);
        expect(target.subarray(0, end).equals(Buffer.from(bytes.toString(), "utf16le"))).toBe(true);
      }),
    );
  });
});

describe("the command line", () => {
  it.each([
    [["a.exe", "b"], "a.exe b"],
    [["C:\\Program Files\\x.exe", "a b", ""], String.raw`"C:\Program Files\x.exe" "a b" ""`],
    [["x", 'say "hi"'], String.raw`x "say \"hi\""`],
    [["x", String.raw`a\b`, String.raw`a b\ `.trim()], String.raw`x a\b "a b\\"`],
    [["x", String.raw`\\"`], String.raw`x "\\\\\""`],
  ])("%j", (args, line) => {
    expect(commandLine(args)).toBe(line);
  });

  it("is taken apart into the same arguments", () => {
    const arg = fc.string({ unit: fc.constantFrom("a", " ", "\\", '"', "\t") });
    fc.assert(
      fc.property(fc.array(arg), (args) => {
        expect(takenApart(commandLine(["x", ...args]))).toEqual(["x", ...args]);
      }),
    );
  });
});

/** As Microsoft describes it for its C library ("Parsing C command-line arguments"). */
function takenApart(line: string): string[] {
  const args: string[] = [];
  let [arg, quoted, started] = ["", false, false];
  for (let i = 0; i < line.length; i++) {
    const slashes = /^\\*/.exec(line.slice(i))?.[0].length ?? 0;
    if (slashes > 0) {
      const quote = line[i + slashes] === '"';
      arg += "\\".repeat(quote ? slashes >> 1 : slashes);
      started = true;
      i += slashes - 1;
      if (quote && slashes % 2 === 1) {
        arg += '"';
        i++;
      }
    } else if (line[i] === '"') [quoted, started] = [!quoted, true];
    else if (/\s/.test(line[i] ?? "") && !quoted) {
      if (started) args.push(arg);
      [arg, started] = ["", false];
    } else [arg, started] = [arg + (line[i] ?? ""), true];
  }
  return started ? [...args, arg] : args;
}

describe("the program", () => {
  const disk = new Map([
    ["C:\\a/tool.exe", "program"],
    ["C:\\b/tool.exe", "program"],
    ["C:\\b/job.cmd", "batch"],
    ["here.exe", "program"],
    ["D:\\x\\run.exe", "program"],
  ] as const);
  const find = (command: string): string =>
    findProgram(command, "C:\\a;;C:\\b", (file) => disk.get(file as "here.exe"));

  it("is the first in PATH, with its ending left out or not, never one in the working directory", () => {
    expect(find("tool")).toBe("C:\\a/tool.exe");
    expect(find("tool.exe")).toBe("C:\\a/tool.exe");
    expect(find("D:\\x\\run")).toBe("D:\\x\\run.exe");
    expect(() => find("here")).toThrow("there is no such command");
    expect(() => find("")).toThrow("there is no such command");
  });

  it("is no batch file", () => {
    expect(() => find("job")).toThrow("the command is a batch file");
    expect(() => find("job.cmd")).toThrow("the command is a batch file");
  });
});
