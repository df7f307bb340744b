/** The whole promise, on a machine that boots: jobs wait, one person types one passphrase, every job has its secret. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { formsOf, scanMemory } from "../support/memory-scan.ts";
import { whyNoBoot } from "./can-boot.ts";
import { Machine } from "./machine.ts";
import { installSotto, PREFIX } from "./node.ts";

const PASSPHRASE = "correct horse battery";
const SECRETS = {
  "db/report": "value-of-the-report-7c1d90aa",
  "bank/login": "value-of-the-bank-55e0f1b3",
  "app/key": "value-of-the-app-key-2f8e6d04",
};
const OUT = "/var/lib/out";

/** A unit whose job fetches by itself. */
const job = (name: string, file: string, more = ""): string => `[Service]
Type=oneshot
User=daemon
ExecStart=/bin/sh -c 'umask 077; agent get --wait 10m ${name} > ${OUT}/${file}.part && mv ${OUT}/${file}.part ${OUT}/${file}'
Environment=PATH=/usr/local/bin:/usr/bin:/bin
${more}`;

/** A unit for which systemd fetches. */
const withCredential = (file: string): string => `[Service]
Type=oneshot
User=daemon
LoadCredential=app+key:/run/sotto/credentials.sock
ExecStartPre=/usr/bin/test -s %d/app+key
ExecStart=/bin/cp -f %d/app+key ${OUT}/${file}

[Install]
WantedBy=multi-user.target
`;

const FILES: Readonly<Record<string, string>> = {
  "/etc/systemd/system/report.service": job("db/report", "timer"),
  "/etc/systemd/system/report.timer":
    "[Timer]\nOnBootSec=1s\nAccuracySec=1ms\n\n[Install]\nWantedBy=timers.target\n",
  "/etc/systemd/system/other.service": job("db/report", "other"),
  "/etc/cron.d/bank": `PATH=/usr/local/bin:/usr/bin:/bin\n@reboot bin agent get --wait 10m bank/login > ${OUT}/cron 2> ${OUT}/cron.err\n`,
  "/etc/systemd/system/right.service": withCredential("right"),
  "/etc/systemd/system/wrong.service": withCredential("wrong"),
};

let problem: string | undefined;
let machine: Machine;
let isUp = false;
const agent = (...args: readonly string[]): string => machine.run("agent", ...args);
const proved = (...args: readonly string[]): string =>
  machine.runWith({ input: PASSPHRASE }, "agent", ...args, "--passphrase-fd", "0");
const status = (): { state?: unknown } =>
  JSON.parse(machine.attempt("agent", "status", "--json").stdout || "{}") as { state?: unknown };
const state = (): unknown => status().state;
const isWaiting = (name: string): boolean =>
  machine.property(`${name}.service`, "ActiveState") === "activating";
const journal = (unit: string): string =>
  machine.run("journalctl", "--no-pager", "-o", "cat", "-b", "-u", unit);
const result = (file: string): string | undefined => machine.read(`${OUT}/${file}`);

/** Stores the values in one login session: the passphrase is given once in it. */
function store(): void {
  const sets = Object.entries(SECRETS).map(
    ([name, value], i) =>
      `printf %s ${value} | agent set ${name} --stdin ${i === 0 ? "--passphrase-fd 3" : ""}`,
  );
  const script = `exec 3<&0; ${sets.join("; ")}`;
  machine.runWith({ input: PASSPHRASE }, "setsid", "-w", "sh", "-ec", script);
}

/** What systemd's own agents show and answer: one file a question. */
function question(): string | undefined {
  const files = machine.attempt("sh", "-c", "cat /run/systemd/ask-password/ask.* 2>/dev/null").stdout;
  if (!/^Message=.*Sotto/m.test(files)) return undefined;
  return /^Socket=(.*)$/m.exec(files)?.[1];
}

async function typeAtBoot(passphrase: string): Promise<void> {
  await machine.until("the passphrase is asked for", () => question() !== undefined);
  machine.runWith({ input: passphrase }, "/usr/lib/systemd/systemd-reply-password", "1", question() ?? "");
}

beforeAll(async () => {
  problem = whyNoBoot();
  if (problem !== undefined) return;
  machine = await Machine.boot(installSotto);
  isUp = true;
});
beforeEach((context) => context.skip(problem !== undefined, problem));
afterAll(async () => {
  if (isUp) await machine[Symbol.asyncDispose]();
});

/** Claims to be the manager that fetches for right.service. */
const ASK = `
use Socket; socket(my $s, PF_UNIX, SOCK_STREAM, 0) or die;
bind($s, pack("Sa*", AF_UNIX, "\\0" . "1f/unit/right.service/app+key")) or die;
connect($s, sockaddr_un("/run/sotto/credentials.sock")) or die "$!";
while (sysread($s, my $part, 4096)) { print $part }
`;

describe("a machine with Sotto as a system service", { concurrent: false }, () => {
  it("is set up with the commands that agent systemd install names", () => {
    expect(agent("systemd", "install")).toMatch(/^create \/etc\/systemd\/system\/sotto\.service$/m);
    machine.run("systemd-sysusers");
    machine.run("systemd-tmpfiles", "--create");
    machine.run("install", "-d", "-m", "1777", OUT);
    for (const [path, text] of Object.entries(FILES)) machine.write(path, text);
    machine.run("systemctl", "daemon-reload");
    machine.run("systemctl", "enable", "--now", "sotto-credentials.socket", "sotto.service");
    expect(state()).toBe("uninitialised");
    proved("init", "--no-recovery");
    store();
    proved("grant", "db/report", "--unit", "report.service");
    proved("grant", "bank/login", "--user", "bin");
    proved("grant", "app/key", "--unit", "right.service");
    machine.run(
      "systemctl",
      "enable",
      "sotto-unlock.service",
      "report.timer",
      "right.service",
      "wrong.service",
    );
  });

  it("is locked after a boot, its memory is secret, and its jobs wait", async () => {
    await machine.reboot();
    await machine.until("it serves", () => state() === "locked");
    expect(status()).toMatchObject({ memory: "secret" });
    expect(machine.property("sotto.service", "StatusText")).toBe("locked");
    expect(machine.property("sotto.service", "NRestarts")).toBe("0");
    await machine.until("jobs wait", () => ["right", "wrong", "report"].every(isWaiting));
    await machine.until("the job of cron waits", () => result("cron") === "");
    expect(["timer", "right", "wrong"].map(result)).toEqual([undefined, undefined, undefined]);
  });

  it("asks for the passphrase as systemd asks, and again when it was wrong", async () => {
    await typeAtBoot("not the passphrase");
    await machine.until("the wrong one was tried", () =>
      journal("sotto-unlock").includes("wrong passphrase"),
    );
    expect(state()).toBe("locked");
    await typeAtBoot(PASSPHRASE);
    await machine.until("it is unlocked", () => state() === "unlocked");
    await machine.until(
      "the manager knows",
      () => machine.property("sotto.service", "StatusText") === "unlocked",
    );
    await machine.until(
      "it has stopped asking",
      () => machine.property("sotto-unlock.service", "ActiveState") === "inactive",
    );
    expect(machine.property("sotto-unlock.service", "Result")).toBe("success");
  });

  it("gives each job its secret, and the wrong unit none", async () => {
    await machine.until("the timer's job has it", () => result("timer") === SECRETS["db/report"]);
    await machine.until("cron's job has it", () => result("cron") === SECRETS["bank/login"]);
    await machine.until("the unit has its credential", () => result("right") === SECRETS["app/key"]);
    await machine.until(
      "the wrong unit has failed",
      () => machine.property("wrong.service", "ActiveState") === "failed",
    );
    expect(result("wrong")).toBeUndefined();
    expect(machine.attempt("systemctl", "start", "other.service").status).not.toBe(0);
    expect(result("other")).toBeUndefined();
    const audited = agent("audit", "--name", "app/key", "--verb", "get", "--json");
    expect(audited).toContain('"note":"LoadCredential"');
    expect(audited).toMatch(/"unit":"wrong\.service"[^}]*"result":"denied"/);
  });

  it("believes nobody but root about a unit, and has no other bytes for who asks in vain", () => {
    const ask = (uid: string): string =>
      machine.run("setpriv", `--reuid=${uid}`, "--clear-groups", "perl", "-e", ASK);
    expect(ask("0")).toBe(SECRETS["app/key"]);
    machine.run("chmod", "0666", "/run/sotto/credentials.sock");
    expect(ask("1")).toBe("");
  });

  it("wipes at agent lock", () => {
    const pid = machine.outsidePid(machine.property("sotto.service", "MainPID"));
    agent("lock");
    expect(state()).toBe("locked");
    const patterns = [PASSPHRASE, ...Object.values(SECRETS)].flatMap((one) => formsOf(Buffer.from(one)));
    expect(scanMemory(pid, patterns).counts).toEqual(patterns.map(() => 0));
    expect(machine.attempt("agent", "get", "app/key", "--admin").status).toBe(3);
  });

  it("is locked again after the next boot", async () => {
    for (const file of ["timer", "cron", "right"]) machine.run("rm", `${OUT}/${file}`);
    await machine.reboot();
    await machine.until("it serves", () => state() === "locked");
    await machine.until("jobs wait", () => ["right", "report"].every(isWaiting));
    expect(["timer", "right"].map(result)).toEqual([undefined, undefined]);
  });

  it("is restarted when it hangs, and is then locked and asks again", async () => {
    await typeAtBoot(PASSPHRASE);
    await machine.until("it is unlocked", () => state() === "unlocked");
    machine.write("/etc/systemd/system/sotto.service.d/watchdog.conf", "[Service]\nWatchdogSec=8\n");
    machine.run("systemctl", "daemon-reload");
    machine.run("systemctl", "restart", "sotto.service");
    const before = machine.property("sotto.service", "MainPID");
    await new Promise((resolve) => setTimeout(resolve, 10_000));
    expect(machine.property("sotto.service", "MainPID")).toBe(before);
    machine.run("sh", "-c", `kill -STOP ${before}`);
    await machine.until(
      "another agent runs",
      () => !["0", before].includes(machine.property("sotto.service", "MainPID")),
    );
    await machine.until("it serves", () => state() === "locked");
    await typeAtBoot(PASSPHRASE);
    await machine.until("it is unlocked", () => state() === "unlocked");
  });

  it("starts with the first connection where systemd listens in its stead", async () => {
    machine.run(
      "systemctl",
      "disable",
      "sotto.service",
      "sotto-unlock.service",
      "report.timer",
      "right.service",
      "wrong.service",
    );
    machine.run("rm", "/etc/cron.d/bank");
    machine.run("systemctl", "enable", "sotto.socket");
    await machine.reboot();
    expect(machine.property("sotto.service", "ActiveState")).toBe("inactive");
    expect(state()).toBe("locked");
    proved("unlock");
    machine.run("systemctl", "start", "right.service");
    expect(result("right")).toBe(SECRETS["app/key"]);
    machine.run("systemctl", "restart", "sotto.service");
    expect(state()).toBe("locked");
  });

  it("judges programs of other users once it has the right to look", () => {
    const folder = "/etc/systemd/system/sotto.service.d";
    proved("unlock");
    const rule = [
      "grant",
      "db/report",
      "--user",
      "daemon",
      "--exe",
      `${PREFIX}/bin/node`,
      "--allow-interpreter",
      "--passphrase-fd",
      "0",
    ];
    const grant = (): number | null => machine.attemptWith({ input: PASSPHRASE }, "agent", ...rule).status;
    expect(grant()).toBe(2);
    machine.run("mv", `${folder}/programs.conf.off`, `${folder}/programs.conf`);
    machine.run("systemctl", "daemon-reload");
    machine.run("systemctl", "restart", "sotto.service");
    proved("unlock");
    expect(grant()).toBe(0);
    const get = (uid: string): string =>
      machine.attempt("setpriv", `--reuid=${uid}`, "--clear-groups", "agent", "get", "db/report").stdout;
    expect(get("1")).toBe(SECRETS["db/report"]);
    expect(get("2")).toBe("");
  });
});
