/** `agent import`: what it reads goes to the agent and nowhere else, also when it refuses the file. */
import { createCipheriv, createHmac, randomBytes } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { newMarker } from "../support/canaries.ts";
import { type Result, runCommand } from "../support/command.ts";
import { formsOf } from "../support/memory-scan.ts";
import { CLI, PASSPHRASE, Sandbox } from "../support/sandbox.ts";

const CANARY = newMarker();
const FERNET_KEY = randomBytes(32);
const SECRETS = { CANARY, "the fernet key": Buffer.from(FERNET_KEY.toString("base64url")) };
const mark = CANARY.toString();

/** Files that are stored. */
const GOOD: Readonly<Record<string, string>> = {
  env: `A='${mark}'\n`,
  ini: `[s]\na = ${mark}\n`,
  json: `{"a": {"username": "bob", "password": "${mark}"}}`,
  netrc: `machine a.org login bob password ${mark}\n`,
  csv: `name,value,notes,totp,owner\na,${mark},${mark},${mark},bob\n`,
};

/** Files that are refused, the canary at the place that is wrong. */
const BAD: readonly (readonly [format: string, text: string | Buffer])[] = [
  ["env", `${mark}\n`],
  ["env", `A='${mark}\n`],
  ["env", `A=1\nA=${mark}#`],
  ["ini", `${mark}\n`],
  ["ini", `[${mark}`],
  ["ini", `a="${mark}"x"`],
  ["json", `{"a": ${mark}}`],
  ["json", `{"a": ["${mark}"]}`],
  ["json", `{"a": "${mark}", "a": "${mark}"}`],
  ["netrc", `machine a ${mark}`],
  ["netrc", `machine a password "${mark}`],
  ["csv", `name,value\na,${mark},${mark}\n`],
  ["csv", `name,value\na,x"${mark}\n`],
  ["csv", `${mark}\n${mark}`],
  ["env", Buffer.from(`A=${mark}\xff`, "latin1")],
  ["fernet", mark],
];

function expectNone(where: string, text: string | Buffer): void {
  for (const [what, secret] of Object.entries(SECRETS))
    for (const form of formsOf(secret))
      expect(Buffer.from(text).includes(form), `${what} in ${where}`).toBe(false);
}

function fernetToken(plain: string): string {
  const iv = randomBytes(16);
  const cipher = createCipheriv("aes-128-cbc", FERNET_KEY.subarray(16), iv);
  const body = Buffer.concat([
    Buffer.from([0x80]),
    Buffer.alloc(8),
    iv,
    cipher.update(plain),
    cipher.final(),
  ]);
  const mac = createHmac("sha256", FERNET_KEY.subarray(0, 16)).update(body).digest();
  return Buffer.concat([body, mac]).toString("base64").replaceAll("+", "-").replaceAll("/", "_");
}

function expectNoneInHome(sandbox: Sandbox): void {
  const files = readdirSync(sandbox.home, { withFileTypes: true }).filter((entry) => entry.isFile());
  expect(files.length).toBeGreaterThan(2);
  for (const { name } of files) expectNone(name, readFileSync(join(sandbox.home, name)));
}

it("B111: no value is in an answer, a message, the audit, the log or any file of the home", async () => {
  await using sandbox = await Sandbox.start();
  const run = async (format: string, text: string | Buffer, ...more: readonly string[]): Promise<Result> => {
    const file = join(sandbox.folder, "import-me");
    writeFileSync(file, text, { mode: 0o600 });
    const args = ["import", format, file, "--prefix", format, ...more];
    const result = await sandbox.agent(args, { passphrase: PASSPHRASE });
    expectNone(`stdout of ${args.join(" ")}`, result.stdout);
    expectNone(`stderr of ${args.join(" ")}`, result.stderr);
    return result;
  };
  for (const [format, text] of Object.entries(GOOD)) {
    expect(await run(format, text, "--dry-run"), format).toMatchObject({ status: 0 });
    expect(await run(format, text), format).toMatchObject({ status: 0 });
    expect(await run(format, text), "a conflict").toMatchObject({ status: 9 });
    expect(await run(format, text, "--replace", "--json")).toMatchObject({ status: 0 });
  }
  for (const [format, text] of BAD) {
    const more = format === "fernet" ? ["--key-fd", "0", "--name", "x"] : [];
    expect(await run(format, text, ...more), String(text)).toMatchObject({ status: 2 });
  }
  const { stdout } = await sandbox.ok(["get", "env/a", "--admin"], { passphrase: PASSPHRASE });
  expect(stdout.equals(CANARY), "it has arrived").toBe(true);
  expectNoneInHome(sandbox);
});

it("B111: nor is the key of a fernet token, nor what it held", async () => {
  await using sandbox = await Sandbox.start();
  const file = join(sandbox.folder, "token");
  const key = `${FERNET_KEY.toString("base64").replaceAll("+", "-").replaceAll("/", "_")}\n`;
  const options = ["import", "fernet", file, "--key-fd", "0", "--name", "from/fernet"];
  const run = (token: string): Promise<Result> => {
    writeFileSync(file, token);
    return runCommand(process.execPath, [CLI, ...options], {
      env: sandbox.environment,
      input: key,
      passphrase: PASSPHRASE,
    });
  };
  for (const [token, status] of [
    [fernetToken(mark), 0],
    [fernetToken(mark).replace(/.....$/, "AAAA="), 2],
    [mark, 2],
  ] as const) {
    const result = await run(token);
    expect(result.status, result.stderr).toBe(status);
    expectNone("stdout", result.stdout);
    expectNone("stderr", result.stderr);
  }
  const { stdout } = await sandbox.ok(["get", "from/fernet", "--admin"], { passphrase: PASSPHRASE });
  expect(stdout.equals(CANARY), "it has arrived").toBe(true);
  expectNoneInHome(sandbox);
});
