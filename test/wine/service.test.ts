/** The machine's agent as a service: Wine has a service manager, which starts, asks and stops real processes. */
import { chmodSync, existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, inject, it } from "vitest";
import { Installed } from "./installed.ts";
import { DRIVE_C, type Ended, needsWine, PASSPHRASE, type Running, startNode, windowsPath } from "./wine.ts";

beforeEach((context) => needsWine(context));

const SC = join(DRIVE_C, "windows/system32/sc.exe");
/** Where the machine's agent has its home: what Wine says of ProgramData differs between a service and a shell. */
const HOMES = ["ProgramData/Sotto", "users/Public/Sotto"].map((path) => join(DRIVE_C, path));
const removeHomes = (): void => HOMES.forEach((home) => rmSync(home, { recursive: true, force: true }));
let installed: Installed;
/** Wine's service manager ends with the last program that is none of its own. */
let keeper: Running;

beforeAll(async () => {
  if (inject("noWine") !== "") return;
  installed = new Installed();
  removeHomes();
  keeper = startNode(["-e", "setInterval(() => undefined, 1000)"], installed);
  await sc("delete"); // of a run that was cut off
});
afterAll(async () => {
  if (inject("noWine") !== "") return;
  for (const verb of ["stop", "delete"]) await sc(verb);
  keeper.child.kill("SIGKILL");
  await keeper.ended;
  removeHomes();
  installed[Symbol.dispose]();
});

/** The machine's agent: no home is chosen. */
const agent = (args: readonly string[], input = ""): Promise<Ended> =>
  startNode(args, { folder: installed.folder, exe: installed.exe, input }).ended;
const sc = (verb: string): Promise<Ended> =>
  startNode([verb, "Sotto"], { folder: installed.folder, exe: SC }).ended;

async function ok(args: readonly string[], input?: string): Promise<string> {
  const { status, stdout, stderr } = await agent(args, input);
  expect([args.join(" "), status], stderr).toEqual([args.join(" "), 0]);
  return stdout;
}

/** What `sc.exe query` says, by its names. */
async function query(): Promise<Record<string, string>> {
  const { stdout } = await sc("query");
  return Object.fromEntries<string>(
    [...stdout.matchAll(/^\s+(\w+)\s+: (\w+)/gm)].map(([, name = "", value = ""]) => [name, value]),
  );
}

async function until(state: "RUNNING" | "STOPPED"): Promise<Record<string, string>> {
  const number = state === "RUNNING" ? "4" : "1";
  await expect.poll(async () => (await query())["STATE"], { timeout: 60_000, interval: 200 }).toBe(number);
  return query();
}

async function start(): Promise<void> {
  await sc("start");
  await until("RUNNING");
}

it("prints what would be run, with the program in quotes", async () => {
  const exe = windowsPath(installed.exe);
  const [create = "", description = "", failure = ""] = (await ok(["service", "print"])).split("\n");
  expect(create).toBe(
    `sc.exe create Sotto binPath= "\\"${exe}\\" \\"service\\" \\"run\\"" start= auto obj= LocalSystem DisplayName= "Sotto secrets agent"`,
  );
  expect(description).toContain("sc.exe description Sotto ");
  expect(failure).toBe("sc.exe failure Sotto reset= 86400 actions= restart/1000/restart/5000/restart/60000");
});

it("is not made of a program that somebody could change", async () => {
  const own = await agent(["service", "install"]); // the account of the tests is no administrator's group
  expect([own.status, own.stderr]).toEqual([9, expect.stringContaining("your account could change")]);
  chmodSync(join(installed.folder, "koffi.node"), 0o666);
  const others = await agent(["service", "install", "--force"]);
  expect([others.status, others.stderr]).toEqual([9, expect.stringContaining("others could change")]);
  chmodSync(join(installed.folder, "koffi.node"), 0o644);
  expect((await sc("query")).status).not.toBe(0);
});

it("is made once, and starts nothing", async () => {
  const { status, stderr } = await agent(["service", "install", "--force"]);
  expect([status, stderr]).toEqual([0, expect.stringContaining("sc.exe start Sotto")]);
  expect((await query())["STATE"]).toBe("1");
  const again = await agent(["service", "install", "--force"]);
  expect([again.status, again.stderr]).toEqual([9, expect.stringContaining("already")]);
});

it("the service manager starts it, and it serves the machine's pipe", async () => {
  await start();
  await ok(["init", "--no-recovery", "--passphrase-fd", "0"], PASSPHRASE);
  const status = JSON.parse(await ok(["status", "--json"])) as Record<string, string>;
  expect(status).toMatchObject({ state: "unlocked", memory: "locked" });
  await ok(["set", "bank/login", "--stdin"], "v4lue");
  await ok(["grant", "bank/login", "--sid", status["unlockedBySid"] ?? ""]);
  expect(await ok(["get", "bank/login"])).toBe("v4lue");
});

it("stops as the service manager asks, after the agent has ended", async () => {
  await sc("stop");
  expect(await until("STOPPED")).toMatchObject({ WIN32_EXIT_CODE: "0", SERVICE_EXIT_CODE: "0" });
  expect((await agent(["status"])).status).toBe(5);
});

it("finds its vault again, and ends well with agent stop", async () => {
  await start();
  await ok(["unlock", "--passphrase-fd", "0"], PASSPHRASE);
  expect(await ok(["get", "bank/login"])).toBe("v4lue");
  await ok(["stop"]);
  expect(await until("STOPPED")).toMatchObject({ WIN32_EXIT_CODE: "0" });
});

it("tells by its exit status why it does not start", async () => {
  const home = HOMES.find((one) => existsSync(one)) ?? "";
  chmodSync(home, 0o755);
  await sc("start");
  expect(await until("STOPPED")).toMatchObject({ WIN32_EXIT_CODE: "1066", SERVICE_EXIT_CODE: "2" });
  chmodSync(home, 0o700);
});

it("is removed, and leaves its home", async () => {
  await ok(["service", "uninstall"]);
  expect((await sc("query")).status).not.toBe(0);
  expect(HOMES.filter((home) => existsSync(join(home, "vault")))).toHaveLength(1);
  expect((await agent(["service", "uninstall"])).status).toBe(4);
});
