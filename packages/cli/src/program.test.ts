import { afterEach, expect, test, vi } from "vitest";
import type { Call } from "./call.ts";
import { completionScript } from "./completion/index.ts";
import { wordsOf } from "./completion/words.ts";
import { buildProgram } from "./program.ts";
import { GROUPS } from "./table/index.ts";

const written = vi.hoisted(() => [] as string[]);
vi.mock("./output/write.ts", () => ({
  answerBytes: (bytes: Buffer) => written.push(bytes.toString()),
}));
afterEach(() => void written.splice(0));

async function parse(...args: string[]): Promise<Call | undefined> {
  let found: Call | undefined;
  const program = buildProgram((_, call) => {
    found = call;
    return Promise.resolve();
  });
  await program.parseAsync(args, { from: "user" });
  return found;
}

const specs = GROUPS.flatMap(({ commands }) => commands);

test.each(specs.map((spec) => [spec.name, spec] as const))(
  "agent %s: its help has an example, its file a run",
  async (name, spec) => {
    await expect(parse(...name.split(" "), "--help")).rejects.toThrow();
    expect(written.join("")).toContain(`Example:\n  $ ${spec.example}`);
    expect(written.join("")).not.toMatch(/--(passphrase|value|secret)[ =<]|--token(?! <label>)[ =<]/);
    expect(await spec.load()).toHaveProperty("run");
  },
);

test("global options stand before or after the name", async () => {
  const expected = { options: { home: "/h", json: true, passphraseFd: 3 } };
  expect(await parse("--home", "/h", "show", "--json", "a", "--passphrase-fd", "3")).toMatchObject(expected);
  expect(await parse("slot", "--home", "/h", "list", "--json", "--passphrase-fd=3")).toMatchObject(expected);
  expect((await parse("--home", "/h", "show", "a", "--home", "/i"))?.options.home).toBe("/i");
});

test("a command may have a --version of its own", async () => {
  expect(await parse("restore", "a", "--version", "3")).toMatchObject({ options: { version: 3 } });
});

test.each([
  ["hunter2"],
  ["unlock", "hunter2"],
  ["unlock", "--passphrase=hunter2"],
  ["unlock", "--passphrase", "hunter2"],
  ["unlock", "-phunter2"],
  ["unlock", "--hunter2"],
  ["unlock", "--ttl", "hunter2"],
  ["init", "--passphrase-fd", "hunter2"],
  ["set", "a", "hunter2"],
  ["set", "a", "--value=hunter2"],
  ["set", "a", "--generate", "hunter2"],
  ["slot", "hunter2"],
  ["grant", "a", "--uid", "hunter2"],
])("what could be a secret is not repeated: %s %s %s", async (...args) => {
  const error = await parse(...args).then(
    () => undefined,
    (reason: unknown) => reason as { exit: number; message: string; hint?: string },
  );
  expect(error?.exit).toBe(2);
  expect(`${error?.message ?? ""} ${error?.hint ?? ""}`).not.toContain("hunter2");
  expect(written.join("")).not.toContain("hunter2");
});

test.each(["bash", "zsh", "fish"])("the completion for %s knows every command and option", (shell) => {
  const script = completionScript(shell, wordsOf(buildProgram(() => Promise.resolve()))) ?? "";
  for (const { name, options = [] } of specs) {
    expect(script).toContain(name.split(" ").at(-1));
    for (const [flags] of options) expect(script).toContain(/--([a-z-]+)/.exec(flags)?.[1]);
  }
});

test.each(["slot", "token", "systemd", "service", "audit"])(
  "agent %s: a group has an example too",
  async (name) => {
    await expect(parse(name, "--help")).rejects.toThrow();
    expect(written.join("")).toContain(`Example:\n  $ `);
  },
);
