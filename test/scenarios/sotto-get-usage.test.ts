/** `sotto-get` refuses what `agent get` refuses, and looks for the agent where that does, with the same words. */
import { chmodSync, chownSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Installation } from "../support/installation.ts";
import { alike, inFours, needsCompiler, removeBuilds, runBoth } from "../support/native.ts";
import { needsRoot } from "../support/requirements.ts";
import { Sandbox } from "../support/sandbox.ts";

const STRANGER = 64_321;
removeBuilds();
beforeEach(needsCompiler);

describe("called wrongly", () => {
  const nowhere = { SOTTO_SOCKET: "/nonexistent/agent.sock" };

  /** A call a line, its arguments with blanks between. */
  const calls = [
    ...[
      "",
      "a b",
      "a b --quiet",
      "a --attr",
      "a --wait",
      "a --quiet --socket",
      "--x",
      "a -x",
      "a --Upper",
      "a ---x",
    ],
    ...["a --nosuchthing", "a --hunter2", "a --hunter=secret", "a --passphrase hunter2", "--token=hunter2 a"],
    ...[
      "a --pwd",
      "a --bypwd",
      "-- a --x",
      "a --quiet=yes",
      "--no a b",
      "a --wait 5",
      "a --wait=x",
      "a --wait  --quiet",
    ],
    ...[
      "a --wait 0s",
      "--wait 1h",
      "A",
      "-",
      "a/**",
      "abc-",
      "- --quiet",
      "a/b/c/d/e/f/g/h/i",
      "a\nb",
      "\u00e9",
      "a..b",
    ],
    ...["a", "a --quiet", "a --attr x", "-- a", "--quiet --wait=1s a", "a --attr=x=y", "a --home= --socket="],
    ...[`a --${"x".repeat(31)}`, `a --${"x".repeat(32)}`],
  ].map((line) => (line === "" ? [] : line.split(" ")));

  it("whatever the mistake is", async () => {
    const ends = await inFours([...calls, [""]], (args) => alike(args, { env: nowhere }));
    for (const { stderr } of ends) expect(stderr).toMatch(/^agent: error: /);
  });

  it("but for a suggestion, where an option is misspelt", async () => {
    const { node, native } = await runBoth(["a", "--atr", "x"], { env: nowhere });
    expect(node.stderr).toContain("did you mean --attr?");
    expect(native.stderr).toBe(node.stderr.replace("did you mean --attr?", "agent get --help shows how"));
  });

  it.each(["TOKEN", "PASSPHRASE", "VALUE"])("with SOTTO_%s in the environment", async (name) => {
    const env = { ...nowhere, [`SOTTO_${name}`]: name === "VALUE" ? "" : "hunter2" };
    expect(await alike(["a"], { env })).toMatchObject({ status: 2 });
    await alike(["A", "--quiet"], { env });
  });
});

describe("where the agent is looked for", () => {
  const long = (bytes: number): string => `/tmp/${"x".repeat(bytes - 5)}`;
  const places: [string, readonly string[], Record<string, string>][] = [
    ["the default", [], {}],
    ["a socket in the environment", [], { SOTTO_SOCKET: "/none/a" }],
    ["one that is not normal", [], { SOTTO_SOCKET: "/none//x/.././../none/./a/" }],
    ["a relative one", [], { SOTTO_SOCKET: "none/../../../a" }],
    ["an empty one", [], { SOTTO_SOCKET: "", SOTTO_HOME: "/none/home" }],
    ["a home", [], { SOTTO_HOME: "none/home/" }],
    ["the root as home", ["--home", "/"], {}],
    ["a home and a socket", ["--home", "/none/h"], { SOTTO_SOCKET: "/none/s" }],
    ["options first", ["--socket", "/none/o", "--home", "/none/h"], { SOTTO_SOCKET: "/none/s" }],
    [
      "an empty option hides the variable",
      ["--socket", ""],
      { SOTTO_SOCKET: "/none/s", SOTTO_HOME: "/none/h" },
    ],
    ["empty options", ["--socket", "", "--home="], { SOTTO_SOCKET: "/none/s", SOTTO_HOME: "/none/h" }],
    ["100 bytes", ["--socket", long(100)], {}],
    ["101 bytes", ["--socket", long(101)], {}],
    ["101 bytes in the environment", [], { SOTTO_SOCKET: long(101) }],
    ["a long home", ["--home", long(95)], {}],
    ["a much longer home", ["--home", long(20_000)], {}],
    ["letters of two bytes", ["--socket", `/${"\u00e9".repeat(50)}`], {}],
    [
      "what could forge a line",
      ["--socket", "/none/\u001b[2J\nagent: \u0085\u009f\u00a0\u2028x\u2029\u202a\u007f"],
      {},
    ],
  ];

  it("by default, and as options and environment say", async () => {
    await inFours(places, ([, args, env]) => alike(["a/b", ...args], { env, cwd: "/usr/lib" }));
  });

  it("another user's", async (context) => {
    needsRoot(context);
    using installed = new Installation();
    const { cli } = installed;
    for (const XDG_RUNTIME_DIR of [undefined, "/none//run/x/..", "relative", "", "/run"]) {
      const env: Record<string, string> = XDG_RUNTIME_DIR === undefined ? {} : { XDG_RUNTIME_DIR };
      const { stderr } = await alike(["a"], { cli, env, uid: STRANGER });
      expect(stderr).toContain("agent.sock");
    }
  });
});

describe("B119: whom to trust", () => {
  let sandbox: Sandbox;
  let server: Server;
  const at = (name: string): string => join(sandbox.folder, name);
  beforeAll(async () => {
    sandbox = new Sandbox();
    server = createServer((peer) => peer.destroy());
    await new Promise<void>((resolve) => server.listen(at("s"), resolve));
    for (const folder of ["open", "sticky", "below", "forged\u0085"]) mkdirSync(at(folder));
    writeFileSync(at("file"), "");
    symlinkSync("s", at("link"));
    symlinkSync(at("below/../link"), at("chain"));
    symlinkSync("nowhere", at("dangling"));
    symlinkSync("circle", at("circle"));
    symlinkSync("../s", at("open/back"));
    symlinkSync("../file", at("below/file"));
    symlinkSync("s", at("0"));
    for (let i = 1; i <= 40; i++) symlinkSync(String(i - 1), at(String(i)));
    chmodSync(at("open"), 0o777);
    for (const mode of [0o770, 0o720, 0o702, 0o755]) {
      mkdirSync(at(mode.toString(8)));
      chmodSync(at(mode.toString(8)), mode);
    }
    chmodSync(at("forged\u0085"), 0o777);
    chmodSync(at("sticky"), 0o1777);
  });
  afterAll(async () => {
    await new Promise((resolve) => server.close(resolve));
    await sandbox[Symbol.asyncDispose]();
  });

  const paths: [string, number][] = [
    ["s", 5],
    ["./below/..//s", 5],
    ["link", 5],
    ["chain", 5],
    ["39", 5],
    ["40", 6],
    ["circle", 6],
    ["open/x", 6],
    ["770/x", 6],
    ["720/x", 6],
    ["702/x", 6],
    ["755/x", 5],
    ["open/back", 6],
    ["open/../s", 5],
    ["forged\u0085/x", 6],
    ["sticky/none", 5],
    ["dangling", 5],
    ["none/x", 5],
    ["s/x", 5],
    ["file", 5],
    ["below", 5],
    ["below/file", 5],
  ];

  it("folders that others may write, symbolic links, and what is no socket", async () => {
    const ends = await inFours(paths, async ([name]) => (await alike(["a/b", "--socket", at(name)])).status);
    expect(ends.map((status, i) => [paths[i]?.[0], status])).toEqual(paths);
  });

  it("what belongs to another user", async (context) => {
    needsRoot(context);
    for (const name of ["theirs", "sticky/theirs"]) {
      mkdirSync(at(name));
      symlinkSync(at("s"), join(at(name), "link"));
      chownSync(at(name), STRANGER, STRANGER);
      const { status, stderr } = await alike(["a/b", "--socket", join(at(name), "link")]);
      expect([status, stderr]).toEqual([6, expect.stringContaining("belongs to another user")]);
    }
    const foreign = createServer();
    await new Promise<void>((resolve) => foreign.listen(at("sticky/foreign"), resolve));
    chownSync(at("sticky/foreign"), STRANGER, STRANGER);
    expect((await alike(["a/b", "--socket", at("sticky/foreign")])).status).toBe(6);
    await new Promise((resolve) => foreign.close(resolve));
  });
});
