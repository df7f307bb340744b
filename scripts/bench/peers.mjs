/**
 * What Sotto is measured beside. Each `start` makes one with the value in it, in a folder of its own, and throws where it
 * cannot run here: the reason goes into the table. Programs are found on the PATH; no environment but what is named.
 */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { compile, PROGRAMS } from "./probe.mjs";
import { startEcho } from "./processes.mjs";

/** 32 bytes, as long as Sotto's. */
export const VALUE = Buffer.from("0123456789abcdef0123456789abcdef");
const ENV = { PATH: PROGRAMS, LANG: "C" };
const PATIENCE_MS = 10_000;

/** Runs a program to its end and returns its output. */
const run = (file, args, { env = {}, input = "" } = {}) =>
  execFileSync(file, args, {
    env: { ...ENV, ...env },
    input,
    stdio: ["pipe", "pipe", "pipe"],
    timeout: PATIENCE_MS,
  });

/** Starts a server that stays in the foreground, and waits for its socket. */
async function serve(file, args, socket, env = {}) {
  const child = spawn(file, args, { env: { ...ENV, ...env }, stdio: "ignore" });
  const failed = once(child, "error").then(([error]) => error);
  for (let waited = 0; !existsSync(socket); waited += 20) {
    const error = await Promise.race([failed, sleep(20)]);
    if (error !== undefined || child.exitCode !== null || waited > PATIENCE_MS)
      throw new Error(`${file} does not start (${error?.code ?? child.exitCode})`);
  }
  return { pid: child.pid, socket, end: () => child.kill() };
}

async function sshAgent(folder) {
  const [socket, key] = [`${folder}/s`, `${folder}/key`];
  const server = await serve("ssh-agent", ["-D", "-a", socket], socket);
  run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "bench", "-f", key]);
  const env = { SSH_AUTH_SOCK: socket };
  run("ssh-add", ["-q", key], { env });
  const isWhole = (bytes) => bytes.length > 4 && bytes.length >= 4 + bytes.readUInt32BE(0);
  return {
    ...server,
    request: Buffer.from([0, 0, 0, 1, 11]),
    isWhole,
    holds: "bench",
    command: ["ssh-add", "-l"],
    env,
  };
}

async function gpgAgent(folder) {
  const socket = `${folder}/S.gpg-agent`;
  writeFileSync(`${folder}/gpg-agent.conf`, "allow-preset-passphrase\n");
  const env = { GNUPGHOME: folder };
  execFileSync("gpg-agent", ["--homedir", folder, "--daemon"], { env: { ...ENV, ...env }, stdio: "ignore" });
  run("gpg-preset-passphrase", ["--preset", "bench"], { env, input: VALUE });
  const [, pid] =
    /^D (\d+)$/m.exec(run("gpg-connect-agent", ["getinfo pid", "/bye"], { env }).toString()) ?? [];
  const ask = "GET_PASSPHRASE --no-ask bench X X X";
  return {
    pid: Number(pid),
    socket,
    greeting: true,
    request: Buffer.from(`${ask}\n`),
    isWhole: (bytes) => bytes.includes("\n"),
    holds: VALUE.toString("hex").toUpperCase(),
    command: ["gpg-connect-agent", ask, "/bye"],
    env,
    end: () => process.kill(Number(pid)),
  };
}

async function redis(folder) {
  const socket = `${folder}/s`;
  const server = await serve(
    "redis-server",
    ["--port", "0", "--save", "", "--unixsocket", socket, "--dir", folder],
    socket,
  );
  const put = spawn("redis-cli", ["-s", socket, "-x", "set", "bench"], {
    env: ENV,
    stdio: ["pipe", "ignore", "ignore"],
  });
  put.stdin.end(VALUE);
  await once(put, "close");
  return {
    ...server,
    request: Buffer.from("*2\r\n$3\r\nGET\r\n$5\r\nbench\r\n"),
    isWhole: (bytes) => bytes.length >= 5 + VALUE.length + 2,
    holds: VALUE,
    command: ["redis-cli", "-s", socket, "get", "bench"],
  };
}

const echoed = (socket) => ({
  socket,
  request: VALUE,
  isWhole: (bytes) => bytes.length >= VALUE.length,
  holds: VALUE,
});

async function limit(folder) {
  const program = compile("epoll-echo", folder);
  return { ...(await serve(program, [`${folder}/s`], `${folder}/s`)), ...echoed(`${folder}/s`) };
}

async function bareNet(folder) {
  return { ...(await startEcho(`${folder}/s`)), ...echoed(`${folder}/s`) };
}

async function gitCache(folder) {
  const args = ["--socket", `${folder}/s`];
  const about = "protocol=https\nhost=bench\nusername=me\n";
  run("git-credential-cache", ["--timeout", "3600", ...args, "store"], {
    input: `${about}password=${VALUE}\n\n`,
  });
  writeFileSync(`${folder}/ask`, `${about}\n`);
  return {
    command: ["sh", "-c", `exec git-credential-cache --socket ${folder}/s get <${folder}/ask`],
    holds: VALUE,
    end: () => run("git-credential-cache", [...args, "exit"]),
  };
}

async function keyctl() {
  const id = run("keyctl", ["padd", "user", "sotto-bench", "@u"], { input: VALUE }).toString().trim();
  const end = () => run("keyctl", ["unlink", id, "@u"]);
  try {
    run("keyctl", ["pipe", id]);
  } catch (error) {
    end();
    throw new Error("keyctl: the key cannot be read back in this session", { cause: error });
  }
  return { command: ["keyctl", "pipe", id], holds: VALUE, end };
}

async function systemdCreds(folder) {
  const file = `${folder}/bench.cred`;
  run("systemd-creds", ["--with-key=host", "--name=bench", "encrypt", "-", file], { input: VALUE });
  return { command: ["systemd-creds", "--name=bench", "decrypt", file, "-"], holds: VALUE };
}

async function keyring(folder) {
  const env = { HOME: folder, XDG_RUNTIME_DIR: folder };
  const bus = spawn("dbus-daemon", ["--session", "--nofork", `--address=unix:path=${folder}/bus`], {
    env: { ...ENV, ...env },
    stdio: "ignore",
  });
  env.DBUS_SESSION_BUS_ADDRESS = `unix:path=${folder}/bus`;
  await Promise.race([sleep(300), once(bus, "error").then(([error]) => Promise.reject(error))]);
  const ring = spawn("gnome-keyring-daemon", ["--foreground", "--unlock", "--components=secrets"], {
    env: { ...ENV, ...env },
    stdio: ["pipe", "ignore", "ignore"],
  });
  ring.stdin.end("bench");
  const end = () => [ring, bus].forEach((one) => one.kill());
  try {
    await Promise.race([sleep(700), once(ring, "error").then(([error]) => Promise.reject(error))]);
    run("secret-tool", ["store", "--label=bench", "name", "bench"], { env, input: VALUE });
  } catch (error) {
    end();
    throw error;
  }
  return { pid: ring.pid, command: ["secret-tool", "lookup", "name", "bench"], holds: VALUE, env, end };
}

async function pass(folder) {
  const env = { GNUPGHOME: `${folder}/g`, PASSWORD_STORE_DIR: `${folder}/p`, HOME: folder };
  mkdirSync(env.GNUPGHOME, { mode: 0o700 });
  run("gpg", ["--batch", "--passphrase", "", "--quick-gen-key", "bench", "default", "default"], { env });
  run("pass", ["init", "bench"], { env });
  run("pass", ["insert", "-m", "bench"], { env, input: VALUE });
  return {
    command: ["pass", "show", "bench"],
    holds: VALUE,
    env,
    end: () => run("gpgconf", ["--kill", "all"], { env }),
  };
}

async function cat(folder) {
  writeFileSync(`${folder}/value`, VALUE, { mode: 0o400 });
  return { command: ["cat", `${folder}/value`], holds: VALUE };
}

const node = async () => ({ command: [process.execPath, "-e", "0"], holds: "" });

const ALL = {
  "C epoll echo": limit,
  "bare net echo": bareNet,
  "ssh-agent": sshAgent,
  "gpg-agent": gpgAgent,
  redis,
  "git-credential-cache": gitCache,
  keyctl,
  "systemd-creds": systemdCreds,
  "gnome-keyring": keyring,
  pass,
  "cat of a 0400 file": cat,
  "node -e 0": node,
};

/** Starts all that can run here. @returns {Promise<{ running: object[], missing: { name: string, why: string }[], end: () => void }>} */
export async function startPeers(folder) {
  const [running, missing] = [[], []];
  for (const [name, start] of Object.entries(ALL)) {
    const own = `${folder}/${String(running.length + missing.length)}`;
    mkdirSync(own, { mode: 0o700 });
    try {
      running.push({ name, ...(await start(own)) });
    } catch (error) {
      missing.push({
        name,
        why: error.code === "ENOENT" ? `${error.path ?? error.message} is not installed` : firstLine(error),
      });
    }
  }
  const end = () => running.forEach((peer) => quietly(() => peer.end?.()));
  return { running, missing, end };
}

const firstLine = (error) =>
  `${
    String(error.stderr ?? "")
      .trim()
      .split("\n")[0] || error.message.split("\n")[0]
  }`;

function quietly(work) {
  try {
    work();
  } catch {
    // it has gone by itself
  }
}
