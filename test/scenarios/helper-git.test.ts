/** git gets its passwords from the agent: the real git, and a server that demands one. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import type { Result, RunOptions } from "../support/command.ts";
import { HelperPrograms } from "../support/helper-programs.ts";
import { liveAgent } from "../support/live-agent.ts";
import { needsPrograms } from "../support/requirements.ts";
import { PASSPHRASE } from "../support/sandbox.ts";

const UID = String(process.getuid?.() ?? 0);
const PASSWORD = 'p4ss \u00e9"\\&=';
const agent = liveAgent({ config: { ticket: "0" } });
let programs: HelperPrograms;
let server: Server;
let port = 0;

const HELPER = ["-c", "credential.helper=", "-c", "credential.helper=!agent git-credential"];
const git = (args: readonly string[], options: RunOptions = {}): Promise<Result> =>
  programs.run("git", [...HELPER, ...args], {
    ...options,
    env: { GIT_TERMINAL_PROMPT: "0", ...options.env },
  });
const ask = (operation: string, input: string | Buffer, ...args: string[]): Promise<Result> =>
  agent().sandbox.agent(["git-credential", operation, ...args], { input });
const stored = async (name: string): Promise<string> =>
  (await agent().sandbox.ok(["get", name, "--admin"], { passphrase: PASSPHRASE })).stdout.toString();

beforeAll(async () => {
  programs = new HelperPrograms(agent().sandbox);
  server = createServer((request, response) => serve(request, response)).listen(0, "127.0.0.1");
  await once(server, "listening");
  ({ port } = server.address() as AddressInfo);
  await agent().sandbox.grant("git/**", "--uid", UID);
});
beforeEach(async (context) => {
  needsPrograms(context, "git");
  const { sandbox } = agent();
  await sandbox.set("git/example.org", PASSWORD, ["--attr", "username=batch"]);
  await sandbox.set(`git/127.0.0.1_${port}`, PASSWORD, [
    "--attr",
    "username=batch",
    "--attr",
    "protocol=http",
  ]);
});
afterAll(() => server.close());

/** A server of git repositories that wants a password for each request: git-http-backend(1) behind it. */
function serve(request: IncomingMessage, response: ServerResponse): void {
  const expected = `Basic ${Buffer.from(`batch:${PASSWORD}`).toString("base64")}`;
  if (request.headers.authorization !== expected) {
    response.writeHead(401, { "WWW-Authenticate": 'Basic realm="git"' }).end();
    return;
  }
  const { pathname, search } = new URL(request.url ?? "", "http://localhost");
  const backend = spawn("git", ["http-backend"], {
    env: {
      ...programs.environment,
      GIT_PROJECT_ROOT: programs.home,
      GIT_HTTP_EXPORT_ALL: "1",
      REQUEST_METHOD: request.method ?? "",
      PATH_INFO: pathname,
      QUERY_STRING: search.slice(1),
      CONTENT_TYPE: request.headers["content-type"] ?? "",
      REMOTE_USER: "batch",
      GIT_CONFIG_COUNT: "1",
      GIT_CONFIG_KEY_0: "safe.directory",
      GIT_CONFIG_VALUE_0: "*",
    },
    stdio: ["pipe", "pipe", "inherit"],
  });
  request.pipe(backend.stdin);
  const parts: Buffer[] = [];
  backend.stdout.on("data", (part: Buffer) => parts.push(part));
  backend.once("close", () => respond(response, Buffer.concat(parts)));
}

/** What a CGI program writes: fields, an empty line, the body. */
function respond(response: ServerResponse, output: Buffer): void {
  const end = output.indexOf("\r\n\r\n");
  for (const line of output.toString("latin1", 0, end).split("\r\n")) {
    const [field = "", value = ""] = line.split(": ");
    if (field === "Status") response.statusCode = Number(value.slice(0, 3));
    else response.setHeader(field, value);
  }
  response.end(output.subarray(end + 4));
}

it("git credential fill gives what the agent has for a host, byte for byte", async () => {
  const { status, stdout } = await git(["credential", "fill"], {
    input: "url=https://Example.org/team/x\n\n",
  });
  expect(status).toBe(0);
  expect(stdout.toString()).toContain(`username=batch\npassword=${PASSWORD}\n`);
});

it("git credential fill gets nothing for another host, user or protocol, nor for what no rule allows", async () => {
  await agent().sandbox.set("secret/of-others", PASSWORD);
  for (const url of [
    "https://example.com",
    "https://example.org:8443",
    "https://someone@example.org",
    "http://example.org",
    "https://example.org.evil.test",
  ]) {
    const result = await git(["credential", "fill"], { input: `url=${url}\n\n` });
    expect(result.stdout.toString() + result.stderr, url).not.toContain(PASSWORD);
    expect(result.status, url).toBe(128);
  }
  expect(
    await ask("get", "protocol=https\nhost=example.org\n\n", "--name", "secret/of-others"),
  ).toMatchObject({
    status: 0,
    stdout: Buffer.alloc(0),
    stderr: "",
  });
});

it("a clone, a push and a fetch over HTTP log in; with a wrong password they fail", async () => {
  const url = `http://127.0.0.1:${port}/origin.git`;
  const work = join(programs.home, "work");
  const inWork = ["-C", work, "-c", "user.name=batch", "-c", "user.email=batch@localhost"];
  const ok = async (...args: string[]): Promise<void> => {
    const result = await git(args);
    expect(result.status, result.stderr).toBe(0);
  };
  await ok("init", "--bare", "--quiet", join(programs.home, "origin.git"));
  await ok("clone", url, work);
  await ok(...inWork, "commit", "--allow-empty", "-m", "first");
  await ok(...inWork, "push", "origin", "HEAD:main");
  await ok(...inWork, "fetch");
  expect(readFileSync(join(work, ".git/config"), "latin1")).not.toContain(PASSWORD);
  await agent().sandbox.set(`git/127.0.0.1_${port}`, "wrong");
  for (const args of [
    ["clone", url, join(programs.home, "other")],
    [...inWork, "fetch"],
  ]) {
    const result = await git(args);
    expect([result.status, result.stderr]).toEqual([128, expect.stringContaining("Authentication failed")]);
  }
  expect(existsSync(join(programs.home, "other"))).toBe(false);
  // git has told the helper to erase it: it is for an administrator to change
  expect(await stored(`git/127.0.0.1_${port}`)).toBe("wrong");
});

it("with useHttpPath the secret of a path comes before that of its parent and of the host", async () => {
  await agent().sandbox.set("git/example.org/team", "of the team", ["--attr", "username=team"]);
  const fill = (path: string): Promise<Result> =>
    git(["-c", "credential.useHttpPath=true", "credential", "fill"], {
      input: `protocol=https\nhost=example.org\npath=${path}\n\n`,
    });
  expect((await fill("team/tool.git")).stdout.toString()).toContain("username=team\npassword=of the team\n");
  expect((await fill("other/tool.git")).stdout.toString()).toContain(
    `username=batch\npassword=${PASSWORD}\n`,
  );
});

it("--name and --prefix say which secret it is", async () => {
  await agent().sandbox.set("git/special/one", "by name");
  const request = "protocol=https\nhost=one\n\n";
  expect((await ask("get", request, "--name", "git/special/one")).stdout.toString()).toBe(
    "password=by name\n",
  );
  expect((await ask("get", request, "--prefix", "git/special")).stdout.toString()).toBe("password=by name\n");
  expect((await ask("get", request, "--prefix", "git", "--name", "git/a")).status).toBe(2);
});

it("git credential approve stores what is new where a rule allows it, once, and else quietly nothing", async () => {
  const { sandbox } = agent();
  await sandbox.grant("git/new.example.org", "--uid", UID, "--may", "get,set");
  const approve = async (host: string, password: string, user = "batch"): Promise<void> => {
    const input = `protocol=https\nhost=${host}\nusername=${user}\npassword=${password}\n\n`;
    expect(await git(["credential", "approve"], { input })).toMatchObject({ status: 0, stderr: "" });
  };
  for (const password of ["first", "first", "second"]) await approve("new.example.org", password);
  expect(await stored("git/new.example.org")).toBe("second");
  const shown = await sandbox.ok(["get", "git/new.example.org", "--json"]);
  expect(JSON.parse(shown.stdout.toString())).toMatchObject({
    version: 2,
    attributes: { username: "batch" },
  });
  await approve("new.example.org", "of another", "someone");
  expect(await stored("git/new.example.org")).toBe("second");
  await approve("example.org", "not allowed");
  expect(await stored("git/example.org")).toBe(PASSWORD);
  await approve("unknown.example.org", "not allowed");
  expect((await sandbox.agent(["get", "git/unknown.example.org"])).status).toBe(4);
});

it("an administrator never replaces by it what a job has and this process may not fetch", async () => {
  const { sandbox } = agent();
  await sandbox.set("jobs/example.org", "of the job");
  const input = "protocol=https\nhost=example.org\nusername=me\npassword=mine\n\n";
  const store = ["git-credential", "store", "--prefix", "jobs"];
  const result = await sandbox.agent(store, { input, passphrase: PASSPHRASE });
  expect(result).toMatchObject({ status: 0, stderr: "" });
  expect(await stored("jobs/example.org")).toBe("of the job");
});

it("what git would never send is refused, and a value that would be two lines is not sent", async () => {
  for (const input of [
    "host=example.org\0\nprotocol=https\n\n",
    "protocol=https\r\nhost=example.org\n\n",
    "hunter2\n",
  ]) {
    const result = await ask("get", input);
    expect(result).toMatchObject({ status: 2, stdout: Buffer.alloc(0) });
    expect(result.stderr).not.toContain("hunter2");
  }
  await agent().sandbox.set("git/example.org", "one\nhost=evil.test\n");
  const result = await ask("get", "protocol=https\nhost=example.org\n\n");
  expect(result).toMatchObject({ status: 1, stdout: Buffer.alloc(0) });
  expect(result.stderr).toContain("more than one line");
});

it("other operations are silently ignored; a locked agent is told to git, which goes on", async () => {
  const request = "protocol=https\nhost=example.org\n\n";
  for (const operation of ["erase", "capability", "something-new"])
    expect(await ask(operation, request)).toMatchObject({ status: 0, stdout: Buffer.alloc(0), stderr: "" });
  await agent().sandbox.ok(["lock"]);
  try {
    expect((await ask("get", request)).status).toBe(3);
    const result = await git(["credential", "fill"], { input: request });
    expect([result.status, result.stderr]).toEqual([128, expect.stringContaining("locked")]);
  } finally {
    await agent().sandbox.ok(["unlock"], { passphrase: PASSPHRASE });
  }
});
