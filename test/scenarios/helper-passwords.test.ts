/** Programs that take a password from a file, a descriptor or a command get it from the agent: the real ones. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chownSync, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { beforeAll, expect, it } from "vitest";
import type { Result } from "../support/command.ts";
import { HelperPrograms } from "../support/helper-programs.ts";
import { liveAgent } from "../support/live-agent.ts";
import { needsPrograms } from "../support/requirements.ts";

const UID = String(process.getuid?.() ?? 0);
/** A user that every machine has, for a server that refuses to run as root. */
const NOBODY = 65_534;
const PASSWORD = 'p4ss "\\w:\u00e9';
const agent = liveAgent();
let programs: HelperPrograms;

beforeAll(async () => {
  programs = new HelperPrograms(agent().sandbox);
  await agent().sandbox.grant("job/**", "--uid", UID);
});

const exec = (options: readonly string[], command: readonly string[]): Promise<Result> =>
  programs.run("agent", ["exec", ...options, "--", ...command]);

/** A PostgreSQL server of this test alone, behind a socket in its folder. */
class Postgres implements AsyncDisposable {
  readonly folder: string;
  readonly #server: ChildProcess;

  private constructor(folder: string, server: ChildProcess) {
    this.folder = folder;
    this.#server = server;
  }

  static async start(binaries: string): Promise<Postgres> {
    const folder = join(programs.home, "postgres");
    const uid = UID === "0" ? NOBODY : undefined;
    mkdirSync(folder);
    const passwordFile = join(folder, "password");
    writeFileSync(passwordFile, PASSWORD);
    for (const path of uid === undefined ? [] : [folder, passwordFile]) chownSync(path, NOBODY, NOBODY);
    const init = ["-D", join(folder, "data"), "-U", "batch", "--auth=scram-sha-256", "--no-sync"];
    const as = uid === undefined ? {} : { uid };
    const made = await programs.run(join(binaries, "initdb"), [...init, `--pwfile=${passwordFile}`], as);
    if (made.status !== 0) throw new Error(made.stderr);
    const args = ["-D", join(folder, "data"), "-k", folder, "-F", "-c", "listen_addresses="];
    const options = { ...as, ...(uid !== undefined && { gid: uid }), env: programs.environment, cwd: "/" };
    const server = spawn(join(binaries, "postgres"), args, { ...options, stdio: "ignore" });
    const started = new Postgres(folder, server);
    for (let tries = 0; !existsSync(join(folder, ".s.PGSQL.5432")) && tries < 3_000; tries++)
      await new Promise((resolve) => setTimeout(resolve, 20));
    return started;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#server.exitCode !== null) return;
    const ended = once(this.#server, "exit");
    this.#server.kill("SIGINT"); // fast shutdown: postgres(1)
    await ended;
  }
}

function postgresBinaries(): string | undefined {
  const versions = existsSync("/usr/lib/postgresql") ? readdirSync("/usr/lib/postgresql") : [];
  return versions
    .map((one) => `/usr/lib/postgresql/${one}/bin`)
    .find((path) => existsSync(join(path, "initdb")));
}

it("psql logs in with a password file or a service file in memory, and not with a wrong password", async (context) => {
  needsPrograms(context, "psql");
  const binaries = postgresBinaries();
  context.skip(binaries === undefined, "not installed: a PostgreSQL server below /usr/lib/postgresql");
  await using server = await Postgres.start(binaries ?? "");
  const query = ["psql", "-w", "-h", server.folder, "-U", "batch", "-d", "postgres", "-Atc", "select 6*7"];
  const service = (password: string): string =>
    `[main]\nhost=${server.folder}\nuser=batch\ndbname=postgres\npassword=${password}\n`;
  const passfile = (): Promise<Result> => exec(["--file", "PGPASSFILE=job/pgpass"], query);
  const byService = (): Promise<Result> =>
    exec(["--file", "PGSERVICEFILE=job/service"], ["psql", "-w", "-Atc", "select 6*7", "service=main"]);
  const { sandbox } = agent();
  await sandbox.set("job/pgpass", `*:*:*:batch:${PASSWORD.replace(/[\\:]/g, "\\$&")}\n`);
  await sandbox.set("job/service", service(PASSWORD));
  for (const run of [passfile, byService]) {
    const { status, stdout, stderr } = await run();
    expect([status, stdout.toString()], stderr).toEqual([0, "42\n"]);
  }
  await sandbox.set("job/pgpass", "*:*:*:batch:wrong\n");
  await sandbox.set("job/service", service("wrong"));
  for (const run of [passfile, byService]) {
    const { status, stdout, stderr } = await run();
    expect([status, stdout.toString(), stderr]).toEqual([
      2,
      "",
      expect.stringContaining("password authentication failed"),
    ]);
  }
});

it("borg opens a repository with BORG_PASSCOMMAND, and not with a wrong password", async (context) => {
  needsPrograms(context, "borg");
  const repository = join(programs.home, "borg");
  const env = { BORG_PASSCOMMAND: "agent get job/borg", BORG_REPO: repository, BORG_BASE_DIR: programs.home };
  const borg = (...args: string[]): Promise<Result> => programs.run("borg", args, { env });
  await agent().sandbox.set("job/borg", PASSWORD);
  const steps = [
    ["init", "-e", "repokey"],
    ["create", "::one", programs.folder],
    ["list", "--short"],
  ];
  for (const step of steps) {
    const result = await borg(...step);
    expect(result.status, result.stderr).toBe(0);
    if (step[0] === "list") expect(result.stdout.toString()).toBe("one\n");
  }
  await agent().sandbox.set("job/borg", "wrong");
  const wrong = await borg("list", "--short");
  expect([wrong.status, wrong.stdout.toString(), wrong.stderr]).toEqual([
    2,
    "",
    expect.stringContaining("passphrase"),
  ]);
});

it("restic opens a repository with RESTIC_PASSWORD_COMMAND, and not with a wrong password", async (context) => {
  needsPrograms(context, "restic");
  const env = {
    RESTIC_PASSWORD_COMMAND: "agent get job/restic",
    RESTIC_REPOSITORY: join(programs.home, "restic"),
    RESTIC_CACHE_DIR: join(programs.home, "cache"),
  };
  const restic = (...args: string[]): Promise<Result> => programs.run("restic", args, { env });
  await agent().sandbox.set("job/restic", PASSWORD);
  for (const step of [["init"], ["backup", programs.folder], ["snapshots"]]) {
    const result = await restic(...step);
    expect(result.status, result.stderr).toBe(0);
  }
  await agent().sandbox.set("job/restic", "wrong");
  const wrong = await restic("snapshots");
  expect([wrong.status, wrong.stderr]).toEqual([1, expect.stringContaining("wrong password")]);
});

async function startServer(): Promise<Server> {
  const server = createServer((request, response) => {
    const expected = `Basic ${Buffer.from(`batch:${PASSWORD}`).toString("base64")}`;
    response.writeHead(request.headers.authorization === expected ? 200 : 401).end("the statements");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

it("curl logs in with a netrc or a configuration on a descriptor, and not with a wrong password", async (context) => {
  needsPrograms(context, "curl", "bash");
  const server = await startServer();
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const curl = ["curl", "--silent", "--show-error", "--fail"];
    const template = join(programs.home, "netrc.in");
    writeFileSync(template, 'machine 127.0.0.1 login batch password {{secret "job/web" | netrc}}\n');
    const ways = [
      ["agent", "exec", "--fd", "3=job/netrc", "--", ...curl, "--netrc-file", "/dev/fd/3", url],
      ["agent", "exec", "--fd", "3=job/config", "--", ...curl, "-K", "/dev/fd/3", url],
      ["bash", "-c", `${curl.join(" ")} --netrc-file <(agent render ${template}) ${url}`],
    ];
    const quoted = (text: string): string => `"${text.replace(/["\\]/g, "\\$&")}"`;
    for (const [password, status, body] of [
      [PASSWORD, 0, "the statements"],
      ["wrong", 22, ""],
    ] as const) {
      await agent().sandbox.set("job/web", password);
      await agent().sandbox.set("job/netrc", `machine 127.0.0.1 login batch password ${quoted(password)}\n`);
      await agent().sandbox.set("job/config", `user = ${quoted(`batch:${password}`)}\n`);
      for (const [program = "", ...args] of ways) {
        const result = await programs.run(program, args);
        expect([result.status, result.stdout.toString()], `${args.join(" ")}: ${result.stderr}`).toEqual([
          status,
          body,
        ]);
      }
    }
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
