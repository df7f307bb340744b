import { describe, expect, it } from "vitest";
import { isUnchanged, systemFiles } from "./files.ts";
import { commandLine, hiddenPaths, type Program, shellWord } from "./program.ts";

const PROGRAM: Program = {
  agent: ["/usr/bin/node", "--permission", "--allow-fs-read=*", "/opt/so tto/100%/$HOME/main.js"],
  variables: {},
  command: ["/usr/bin/node", "/opt/it's/agent.js"],
};

const textOf = (name: string): string => {
  const found = systemFiles(PROGRAM).find(({ path }) => path.endsWith(`/${name}`));
  if (found === undefined) throw new Error(`no ${name}`);
  return found.text;
};

it("the agent itself is the main process, with its flags, and nothing in its paths is expanded", () => {
  expect(textOf("sotto.service")).toContain(
    'ExecStart=/usr/bin/node --permission --allow-fs-read=* "/opt/so tto/100%%/$$HOME/main.js" --home /var/lib/sotto ',
  );
});

it("variables that the agent needs stand in its unit, and nothing in them is expanded", () => {
  const single = {
    ...PROGRAM,
    agent: ["/opt/sotto-agent", "run-agent"],
    variables: { A: '--x="/a b/100%"' },
  };
  const text = systemFiles(single).find(({ path }) => path.endsWith("/sotto.service"))?.text;
  expect(text).toContain("ExecStart=/opt/sotto-agent run-agent --home /var/lib/sotto ");
  expect(text).toContain('\nEnvironment="A=--x=\\"/a b/100%%\\""\nUser=sotto\n');
});

it("the script that asks for the passphrase survives systemd's and the shell's quoting", () => {
  const line = textOf("sotto-unlock.service");
  expect(line).toContain(`/usr/bin/node \\'/opt/it\\'\\\\\\'\\'s/agent.js\\' unlock`);
  expect(line).toContain("s=$$?;");
});

it("nothing but a drop-in that is not in force gives the agent a right", () => {
  for (const { path, text } of systemFiles(PROGRAM))
    if (!path.endsWith(".off")) expect(text).not.toMatch(/^(?:CapabilityBoundingSet|AmbientCapabilities)=./m);
  expect(textOf("programs.conf.off")).toContain("AmbientCapabilities=CAP_SYS_PTRACE");
});

describe("a file that was written", () => {
  const [{ text } = { text: "" }] = systemFiles(PROGRAM);

  it("is known again", () => expect(isUnchanged(text)).toBe(true));

  it.each([
    ["with a line more", `${text}# mine\n`],
    ["with another first line", text.replace(/[0-9a-f]$/m, "x")],
    ["of another hand", "[Unit]\n"],
    ["that is empty", ""],
  ])("and changed is not: %s", (_, changed) => expect(isUnchanged(changed)).toBe(false));
});

it.each([
  [["a", "b=c/*"], "a b=c/*"],
  [["a b"], '"a b"'],
  [['"\\'], '"\\"\\\\"'],
  [["%d$x"], '"%%d$$x"'],
  [[""], '""'],
  [["a;b"], '"a;b"'],
])("a command line of systemd.syntax(7): %j", (words, line) => expect(commandLine(words)).toBe(line));

it.each([
  ["/a/b", "/a/b"],
  ["/a*", "'/a*'"],
  ["it's", "'it'\\''s'"],
  ["", "''"],
])("a word of the shell: %j", (word, quoted) => expect(shellWord(word)).toBe(quoted));

it("tells which paths the unit hides", () => {
  expect(hiddenPaths(PROGRAM)).toEqual([]);
  expect(hiddenPaths({ ...PROGRAM, agent: ["/root/.nvm/node", "/opt/main.js"] })).toEqual([
    "/root/.nvm/node",
  ]);
});
