/** Programs that use the keyring package, unmodified, keep their passwords in Sotto. */
import { needsSessionLeader } from "../support/login-session.ts";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Result, runCommand, type RunOptions } from "../support/command.ts";
import { needsPython, PYTHON, PYTHON_CLIENT, PYTHON_ENVIRONMENT } from "../support/python.ts";
import { PASSPHRASE, Sandbox } from "../support/sandbox.ts";

const OWN_UID = String(process.getuid?.() ?? 0);

let sandbox: Sandbox;
let installed: string;
beforeAll(async () => {
  installed = install();
  sandbox = await Sandbox.start({ config: { ticket: "0" } });
  await sandbox.grant("keyring/**", "--uid", OWN_UID, "--may", "get,set");
});
afterAll(async () => {
  rmSync(installed, { recursive: true, force: true });
  await sandbox[Symbol.asyncDispose]();
});
beforeEach((context) => needsPython(context, "msgpack", "keyring"));

/** The package and its metadata as an installer puts them; the entry point is the one that pyproject.toml names. */
function install(): string {
  const folder = mkdtempSync(join(tmpdir(), "sotto-keyring-"));
  cpSync(join(PYTHON_CLIENT, "src/sotto"), join(folder, "sotto"), { recursive: true });
  const project = readFileSync(join(PYTHON_CLIENT, "pyproject.toml"), "utf8");
  const entry = /^\[project\.entry-points\."keyring\.backends"\]\nsotto = "(.+)"$/m.exec(project)?.[1];
  const metadata = join(folder, "sotto-0.1.0.dist-info");
  mkdirSync(metadata);
  writeFileSync(join(metadata, "METADATA"), "Metadata-Version: 2.1\nName: sotto\nVersion: 0.1.0\n");
  writeFileSync(join(metadata, "entry_points.txt"), `[keyring.backends]\nsotto = ${entry ?? ""}\n`);
  return folder;
}

/** Without a home and a desktop: keyring finds what is installed, and nothing else that would work. */
function environment(): Record<string, string> {
  return { ...PYTHON_ENVIRONMENT, ...sandbox.environment, PYTHONPATH: installed, HOME: installed };
}

const keyring = (args: readonly string[], options: RunOptions = {}): Promise<Result> =>
  runCommand(PYTHON, ["-m", "keyring", ...args], { ...options, env: { ...environment(), ...options.env } });

async function python(script: string, env: Readonly<Record<string, string>> = {}): Promise<unknown> {
  const result = await runCommand(PYTHON, ["-c", script], { env: { ...environment(), ...env } });
  if (result.status !== 0) throw new Error(result.stderr);
  return JSON.parse(result.stdout.toString());
}

describe("the command keyring", () => {
  it("finds the backend by its entry point", async () => {
    const { stdout } = await keyring(["--list-backends"]);
    expect(stdout.toString()).toMatch(/^sotto\.keyring_backend\.SottoKeyring \(priority: 2\)$/m);
  });

  it("does not offer it where there is no agent, or one that is not to be trusted", async () => {
    for (const socket of [join(installed, "none"), join(installed, "sotto/keyring_backend.py")]) {
      const { status, stdout } = await keyring(["--list-backends"], { env: { SOTTO_SOCKET: socket } });
      expect(status).toBe(0);
      expect(stdout.toString()).not.toContain("sotto");
    }
  });

  it.each([
    ["github.com", "batch"],
    ["https://example.org/Upload/", "__token__"],
    ["Ünïcode Ørg/..", "a@b"],
    ["a service of more than sixty-four characters, which has no room", "x".repeat(300)],
  ])("sets and gets, %s", async (service, user) => {
    const password = `p\u00e4ss of ${service} \u{1f511}`;
    expect(await keyring(["set", service, user], { input: `${password}\n` })).toMatchObject({
      status: 0,
      stderr: "",
    });
    const { status, stdout } = await keyring(["get", service, user]);
    expect([status, stdout.toString()]).toEqual([0, `${password}\n`]);
    expect((await keyring(["get", service, `${user}x`])).status, "another user").toBe(1);
  });

  it("lies in the vault under the documented name, with who it belongs to", async () => {
    await keyring(["set", "db.example", "Report"], { input: "s3cret\n" });
    const shown = await sandbox.ok(["show", "keyring/db.example/0__e_52eport", "--json"], {
      passphrase: PASSPHRASE,
    });
    expect(JSON.parse(shown.stdout.toString())).toMatchObject({
      attributes: { service: "db.example", username: "Report" },
    });
  });
});

const API = `
import json, keyring, keyring.errors, sotto
from sotto.keyring_names import secret_name
def met(act):
    try:
        return act()
    except keyring.errors.KeyringError as error:
        assert "hunter" not in repr(error)
        return type(error).__name__
`;

describe("the module keyring", () => {
  it("round trip, the credential of a service, and what is not there", async () => {
    const script = `${API}
long = "u" * 100
keyring.set_password("svc one", "Zoe", "hunter1")
keyring.set_password("svc one", long, "hunter2")
told = [keyring.get_password("svc one", "Zoe"), keyring.get_password("svc one", "zoe")]
for user in (None, "Zoe", "nobody"):
    found = keyring.get_credential("svc one", user)
    told.append(found and [found.username == long or found.username, found.password])
told.append(keyring.get_credential("svc two", None))
print(json.dumps(told))
`;
    const expected = ["hunter1", null, ["Zoe", "hunter1"], ["Zoe", "hunter1"], null, null];
    expect(await python(script)).toEqual(expected);
    await sandbox.ok(["remove", "keyring/svc_20one/0__e_5aoe", "--yes"], { passphrase: PASSPHRASE });
    const again = `${API}
found = keyring.get_credential("svc one", None)
print(json.dumps([len(found.username), found.password]))
`;
    expect(await python(again), "a user whose name is a hash is told by the attribute").toEqual([
      100,
      "hunter2",
    ]);
  });

  it("refuses to delete without an administrator, and deletes with one", async (context) => {
    needsSessionLeader(context);
    await using own = await Sandbox.start(); // whose passphrase counts for this login session
    await own.grant("keyring/**", "--uid", OWN_UID, "--may", "get,set");
    const script = `${API}
keyring.set_password("svc", "user", "hunter1")
told = [met(lambda: keyring.delete_password("svc", "user")), keyring.get_password("svc", "user")]
told.append(met(lambda: keyring.delete_password("svc", "nobody")))
print(json.dumps(told))
`;
    expect(await python(script)).toEqual(["PasswordDeleteError", "hunter1", "PasswordDeleteError"]);
    expect(await python(script, own.environment)).toEqual([null, null, "PasswordDeleteError"]);
  });

  it("errors are those of keyring", async () => {
    await using own = await Sandbox.start({ config: { ticket: "0" } });
    await own.set("keyring/svc/binary", Buffer.from("hunter\xff", "latin1"));
    await own.grant("keyring/svc/binary", "--uid", OWN_UID);
    const script = `${API}
print(json.dumps([
    met(lambda: keyring.get_password("svc", "user")),
    met(lambda: keyring.set_password("svc", "user", "hunter2")),
    met(lambda: keyring.get_password("svc", "binary")),
    met(lambda: keyring.get_credential("svc", None)),
]))
`;
    const refused = [null, "PasswordSetError", "KeyringError", "KeyringError"];
    expect(await python(script, own.environment)).toEqual(refused);
    await own.ok(["lock"]);
    const env = { ...own.environment, PYTHON_KEYRING_BACKEND: "sotto.keyring_backend.SottoKeyring" };
    expect(await python(script, env)).toEqual(Array(4).fill("KeyringLocked"));
  });
});
