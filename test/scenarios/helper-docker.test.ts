/** docker keeps its logins in the agent: the protocol of its helpers, and the real client with a registry. */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Result } from "../support/command.ts";
import { HelperPrograms } from "../support/helper-programs.ts";
import { liveAgent } from "../support/live-agent.ts";
import { needsPrograms } from "../support/requirements.ts";
import { PASSPHRASE } from "../support/sandbox.ts";

const UID = String(process.getuid?.() ?? 0);
const PASSWORD = 'p4ss <\u00e9>&"\\\u2028\u{1f511}';
const NOT_FOUND = "credentials not found in native keychain\n";
const CHALLENGE = { "WWW-Authenticate": 'Basic realm="registry"' };
/** The smallest image that there can be: OCI and docker "Image Manifest Version 2, Schema 2". */
const CONFIG = JSON.stringify({
  architecture: "amd64",
  os: "linux",
  rootfs: { type: "layers", diff_ids: [] },
});
const MANIFEST_TYPE = "application/vnd.docker.distribution.manifest.v2+json";
const MANIFEST = JSON.stringify({
  schemaVersion: 2,
  mediaType: MANIFEST_TYPE,
  config: {
    mediaType: "application/vnd.docker.container.image.v1+json",
    size: CONFIG.length,
    digest: `sha256:${createHash("sha256").update(CONFIG).digest("hex")}`,
  },
  layers: [],
});
const agent = liveAgent({ config: { ticket: "0" } });
let programs: HelperPrograms;
let registry: Server;
let address = "";

beforeAll(async () => {
  programs = new HelperPrograms(agent().sandbox);
  registry = createServer((request, response) => {
    const expected = `Basic ${Buffer.from(`batch:${PASSWORD}`).toString("base64")}`;
    const isKnown = request.headers.authorization === expected;
    response.writeHead(isKnown ? 200 : 401, isKnown ? { "Content-Type": MANIFEST_TYPE } : CHALLENGE);
    response.end(request.url?.includes("/manifests/") === true ? MANIFEST : CONFIG);
  }).listen(0, "127.0.0.1");
  await once(registry, "listening");
  address = `127.0.0.1:${(registry.address() as AddressInfo).port}`;
  mkdirSync(join(programs.home, ".docker"));
  writeFileSync(join(programs.home, ".docker/config.json"), JSON.stringify({ credsStore: "sotto" }));
  await agent().sandbox.grant("docker/**", "--uid", UID, "--may", "get,set");
});
afterAll(() => registry.close());

const helper = (operation: string, input: string | Buffer = ""): Promise<Result> =>
  programs.run("docker-credential-sotto", [operation], { input });
const credential = (ServerURL: string, Username: string, Secret: string): string =>
  JSON.stringify({ ServerURL, Username, Secret });
/** Without an engine the client itself logs in to the registry. */
const docker = (args: readonly string[], input = ""): Promise<Result> =>
  programs.run("docker", args, { input, env: { DOCKER_HOST: `unix://${programs.home}/no-engine.sock` } });
/** Something of the registry, which docker fetches with the login that it has. */
const inspect = (): Promise<Result> =>
  docker(["manifest", "inspect", "--insecure", `${address}/team/tool:1`]);
const logIn = (password: string): Promise<Result> =>
  docker(["login", "--username", "batch", "--password-stdin", address], password);
const secretOf = (server: string): string => `docker/${server.replace(":", "_")}`;

it("what is stored comes back, and is listed", async () => {
  for (const server of [
    "ghcr.io",
    "example.org:5000",
    "https://index.docker.io/v1/",
    "example.org:5000/team",
  ]) {
    const stored = credential(server, "batch", `${PASSWORD} of ${server}`);
    expect(await helper("store", stored)).toMatchObject({ status: 0, stdout: Buffer.alloc(0), stderr: "" });
    const { status, stdout } = await helper("get", `${server}\n`);
    expect([status, JSON.parse(stdout.toString())]).toEqual([0, JSON.parse(stored)]);
  }
  expect(JSON.parse((await helper("list")).stdout.toString())).toEqual({
    "ghcr.io": "batch",
    "example.org:5000": "batch",
    "https://index.docker.io/v1/": "batch",
    "example.org:5000/team": "batch",
  });
});

it("a secret that an administrator made is a credential; without a url it is listed by its name", async () => {
  await agent().sandbox.set("docker/made.example.org_5000", "by hand", ["--attr", "username=<token>"]);
  expect(JSON.parse((await helper("get", "made.example.org:5000")).stdout.toString())).toEqual({
    ServerURL: "made.example.org:5000",
    Username: "<token>",
    Secret: "by hand",
  });
  expect(JSON.parse((await helper("list")).stdout.toString())).toHaveProperty(
    ["made.example.org:5000"],
    "<token>",
  );
});

it("docker is told what it knows by its text, on stdout, and nothing else about a secret that is not there", async () => {
  await agent().sandbox.set("docker/host.example.org", "of the host", ["--attr", "username=batch"]);
  for (const server of [
    "unknown.example.org",
    "http://host.example.org",
    "host.example.org/below",
    "a_b",
    "host.example.org/A",
  ]) {
    const { status, stdout, stderr } = await helper("get", server);
    expect([status, stdout.toString(), stderr], server).toEqual([1, NOT_FOUND, ""]);
  }
  await agent().sandbox.set("docker/nameless.example.org", "x");
  expect((await helper("get", "nameless.example.org")).stdout.toString()).toBe("no credentials username\n");
  expect((await helper("get", " \n")).stdout.toString()).toBe("no credentials server URL\n");
});

it("what cannot be is refused: other requests, a value that is no text, a login that no rule allows", async () => {
  for (const input of [
    "hunter2",
    "{}",
    '{"ServerURL":"a","Username":"b"}',
    '{"ServerURL":"a","Secret":"hunter2"}',
  ]) {
    const { status, stdout, stderr } = await helper("store", input);
    expect([status, (stdout.toString() + stderr).includes("hunter2")], input).toEqual([1, false]);
  }
  await agent().sandbox.set("docker/binary.example.org", Buffer.from([0xff]), ["--attr", "username=u"]);
  expect((await helper("get", "binary.example.org")).stdout.toString()).toContain("not UTF-8");
  expect((await helper("nothing")).status).toBe(2);
  expect((await helper("version")).stdout.toString()).toMatch(/^docker-credential-sotto .* \d+\.\d+\.\d+\n$/);
  const erased = await helper("erase", "ghcr.io"); // allowed to set is not allowed to remove
  expect(erased.status).toBe(1);
  const args = ["docker-credential", "erase"];
  await agent().sandbox.set("docker/erased.example.org", "x", ["--attr", "username=u"]);
  for (const server of ["erased.example.org", "never-there.example.org"])
    expect(await agent().sandbox.agent(args, { input: server, passphrase: PASSPHRASE })).toMatchObject({
      status: 0,
    });
  expect((await helper("get", "erased.example.org")).stdout.toString()).toBe(NOT_FOUND);
});

it("docker login puts the password into the agent and nowhere else, and docker uses it from there", async (context) => {
  needsPrograms(context, "docker");
  expect((await inspect()).status, "without a login").toBe(1);
  for (let version = 1; version <= 2; version++) {
    const { status, stdout, stderr } = await logIn(PASSWORD);
    expect([status, stdout.toString()], stderr).toEqual([0, expect.stringContaining("Login Succeeded")]);
  }
  const config = readFileSync(join(programs.home, ".docker/config.json"), "utf8");
  expect(JSON.parse(config)).toEqual({ auths: { [address]: {} }, credsStore: "sotto" });
  const { stdout } = await agent().sandbox.ok(["get", secretOf(address), "--json"]);
  expect(JSON.parse(stdout.toString())).toMatchObject({ version: 1, value: PASSWORD });
  const found = await inspect();
  expect([found.status, found.stdout.toString()], found.stderr).toEqual([
    0,
    expect.stringContaining('"schemaVersion": 2'),
  ]);
});

it("with a wrong password docker gets nothing, and a login that fails changes nothing", async (context) => {
  needsPrograms(context, "docker");
  await agent().sandbox.set(secretOf(address), "wrong", ["--attr", "username=batch"]);
  expect((await inspect()).status).toBe(1);
  await agent().sandbox.set(secretOf(address), PASSWORD);
  expect((await logIn("wrong")).status).toBe(1);
  expect((await inspect()).status).toBe(0);
});

it("docker logout says that the login is still there where nobody may remove it", async (context) => {
  needsPrograms(context, "docker");
  await agent().sandbox.set(secretOf(address), PASSWORD, ["--attr", "username=batch"]);
  const refused = await docker(["logout", address]);
  expect(refused.stderr).toContain("a passphrase is needed");
  expect((await inspect()).status).toBe(0);
});
