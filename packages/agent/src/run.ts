import { Administrators } from "./access/administrators.ts";
import { FactCollector } from "./access/fact-collector.ts";
import { ProgramHashes } from "./access/program-hashes.ts";
import { Throttle } from "./access/throttle.ts";
import { Tickets } from "./access/tickets.ts";
import { UsageLog } from "./access/usage.ts";
import type { Agent } from "./agent.ts";
import { Audit } from "./audit/audit.ts";
import type { Config } from "./config.ts";
import { readConfig } from "./config.ts";
import type { Home } from "./home.ts";
import { claimHome } from "./home.ts";
import type { Endpoint } from "./lifecycle.ts";
import { Lifecycle } from "./lifecycle.ts";
import { createLog } from "./log.ts";
import { RAISE_LIMIT, SecureMemory } from "./memory/secure-memory.ts";
import { CredentialSocket } from "./net/credential-socket.ts";
import { Listener } from "./net/listener.ts";
import type { EndpointPath } from "./net/endpoint-path.ts";
import { PipePath } from "./net/pipe-path.ts";
import { SocketPath } from "./net/socket-path.ts";
import type { Options } from "./options.ts";
import { parseOptions } from "./options.ts";
import type { Platform } from "./platform/index.ts";
import { currentPlatform } from "./platform/index.ts";
import { passedSockets, ServiceManager } from "./service-manager.ts";
import { StartError } from "./start-error.ts";
import { StateMachine } from "./state.ts";
import { FileStore } from "./vault/file-store.ts";
import { Kdf } from "./vault/kdf.ts";
import { reserveForVault } from "./vault/reserve.ts";
import { ownVersion } from "./version.ts";

/** The service manager runs as root, for which no mode is closed. */
const ONLY_ROOT = 0o600;

/** Starts the agent and returns when it serves. Ends the process with a message when it cannot start. */
export async function run(args: string[]): Promise<void> {
  try {
    await start(args);
  } catch (error) {
    const known = error instanceof StartError ? error : unexpected(error);
    process.stderr.write(`agent: error: ${known.message}\n`);
    if (known.hint !== undefined) process.stderr.write(`agent: hint: ${known.hint}\n`);
    process.exit(known.exit);
  }
}

/** Nothing secret is loaded yet, so the text may be shown; a stack would help nobody at a console. */
function unexpected(error: unknown): StartError {
  return new StartError(
    1,
    `it could not start: ${error instanceof Error ? error.message : "for no known reason"}`,
  );
}

async function start(args: string[]): Promise<void> {
  process.umask(0o077);
  process.chdir("/");
  const platform = currentPlatform();
  platform.harden();
  const options = parseOptions(args);
  const home = claimHome(options.home, platform);
  const config = { ...readConfig(home.config), ...options.overrides };
  const sockets = await claimSockets(options, home, platform);
  const agent = assemble({
    platform,
    home,
    config,
    foreground: options.foreground,
    stop: () => lifecycle.stop(),
  });
  const manager = new ServiceManager(platform, (error) =>
    agent.log.warn({ err: error }, "the service manager could not be told"),
  );
  const lifecycle = new Lifecycle(agent, manager, endpoints(agent, sockets));
  await lifecycle.start(options);
}

interface Sockets {
  readonly requests: EndpointPath;
  readonly credentials: EndpointPath | undefined;
}

/** Those that a service manager passed are taken over, the others made. */
async function claimSockets(options: Options, home: Home, platform: Platform): Promise<Sockets> {
  const { socket, credentialSocket } = options;
  if (platform.pipes !== undefined)
    return { requests: PipePath.claim(socket, platform.pipes), credentials: undefined };
  const paths = [socket, credentialSocket].filter((path) => path !== undefined);
  const passed = passedSockets(platform, paths);
  const claim = (path: string, mode?: number): Promise<SocketPath> =>
    SocketPath.claim(path, platform, {
      ...{ home: home.folder, passed: passed.get(path) },
      ...(mode !== undefined && { mode }),
    });
  return {
    requests: await claim(socket),
    credentials: credentialSocket === undefined ? undefined : await claim(credentialSocket, ONLY_ROOT),
  };
}

/** The socket for requests is the first. */
function endpoints(agent: Agent, { requests, credentials }: Sockets): Endpoint[] {
  const first = { path: requests, server: new Listener(agent) };
  if (credentials === undefined) return [first];
  return [first, { path: credentials, server: new CredentialSocket(agent) }];
}

interface Parts {
  readonly platform: Platform;
  readonly home: Home;
  readonly config: Config;
  readonly foreground: boolean;
  readonly stop: () => void;
}

function assemble({ platform, home, config, foreground, stop }: Parts): Agent {
  const memory = new SecureMemory(platform);
  if (config.requireLockedMemory && memory.mode === "weak") {
    throw new StartError(2, "memory cannot be locked here", RAISE_LIMIT);
  }
  reserveForVault(memory);
  const log = createLog(foreground ? undefined : home.log);
  const now = (): number => platform.now();
  const store = new FileStore({ home: home.folder, platform, log });
  const kdfParameters = { memoryKib: config.kdfMemoryKib, passes: config.kdfPasses };
  const tickets = new Tickets(config.ticketMs, now);
  const state = new StateMachine({ now, vaultExists: () => store.exists(), lockAfterMs: config.lockAfterMs });
  state.onLock(() => tickets.clear());
  const audit = new Audit({
    ...{ path: home.audit, platform, log },
    settings: { maxBytes: config.auditMaxBytes, keep: config.auditKeep, sync: config.auditSync },
    sealer: () => state.held,
  });
  return {
    platform,
    memory,
    state,
    vaultDeps: { platform, memory, kdf: new Kdf(memory, platform), store, log, kdfParameters },
    administrators: new Administrators(platform.ownUid(), config.adminGid),
    tickets,
    throttle: new Throttle(now),
    judges: { facts: new FactCollector(platform, new ProgramHashes()), usage: new UsageLog(now) },
    audit,
    log,
    version: ownVersion(),
    startedAt: now(),
    stop,
  };
}
