import type { Agent } from "./agent.ts";
import type { EndpointPath, Where } from "./net/endpoint-path.ts";
import type { ServiceManager } from "./service-manager.ts";

const TICK_MS = 500;
const OWN_SOCKET_CHECK_MS = 20_000;
/** Time for the reply to `stop` to leave. */
const LAST_REPLY_MS = 100;

/** One socket of the agent, and who serves it. */
export interface Endpoint {
  readonly path: EndpointPath;
  readonly server: { listen(where: Where): Promise<void>; checkDeadlines(): void };
}

/** From listening to the end: signals, deadlines, the watch on the agent's own socket. */
export class Lifecycle {
  readonly #agent: Agent;
  readonly #manager: ServiceManager;
  readonly #endpoints: readonly Endpoint[];
  #nextSocketCheck = 0;

  /** Of the endpoints the first is the one for requests. */
  constructor(agent: Agent, manager: ServiceManager, endpoints: readonly Endpoint[]) {
    this.#agent = agent;
    this.#manager = manager;
    this.#endpoints = endpoints;
    agent.state.beforeLock(() => agent.audit.beforeLock());
    agent.state.onLock((cause) => agent.audit.locked(cause)); // last: a slow disk holds up nothing that wipes
  }

  /** Listens, says so, and goes on in the background unless told otherwise. */
  async start({ foreground, unhardened }: { foreground: boolean; unhardened: boolean }): Promise<void> {
    this.#onSignals();
    for (const endpoint of this.#endpoints) await this.#bind(endpoint);
    setInterval(() => this.#tick(), TICK_MS);
    const { audit, log, memory, version } = this.#agent;
    audit.write({
      peer: "agent",
      verb: "start",
      result: "allowed",
      note: `version ${version}, memory ${memory.mode}${unhardened ? ", unhardened" : ""}`,
    });
    log.info({ version, memory: memory.mode, socket: this.#endpoints[0]?.path.path }, "listening");
    if (memory.mode === "weak") log.warn("memory cannot be locked: secrets may reach swap");
    process.stdout.write("ready\n");
    this.#manager.ready(this.#agent.state.current);
    if (!foreground) this.#agent.platform.detachStdio();
  }

  /** Ends after the reply in hand has left. The vault is locked already. */
  stop(): void {
    setTimeout(() => this.#end(0), LAST_REPLY_MS);
  }

  async #bind({ server, path }: Endpoint): Promise<void> {
    await server.listen(path.where);
    path.bound();
    this.#nextSocketCheck = this.#agent.platform.now() + OWN_SOCKET_CHECK_MS;
  }

  #tick(): void {
    this.#agent.state.checkDeadlines();
    for (const { server } of this.#endpoints) server.checkDeadlines();
    this.#agent.audit.ready(); // so that a trouble is noticed, and its end too, when nobody asks for anything
    if (this.#agent.platform.now() >= this.#nextSocketCheck) this.#checkOwnSockets();
    this.#manager.tick(this.#agent.state.current);
  }

  /** As gpg-agent does: an agent that nobody can reach any more must not keep secrets. */
  #checkOwnSockets(): void {
    this.#nextSocketCheck = this.#agent.platform.now() + OWN_SOCKET_CHECK_MS;
    for (const endpoint of this.#endpoints) this.#checkOwnSocket(endpoint);
  }

  #checkOwnSocket(endpoint: Endpoint): void {
    const { path } = endpoint;
    const found = path.check();
    if (found === "ours") return;
    this.#agent.log.error({ socket: path.path }, `socket ${found}`);
    if (found === "replaced" || !path.renewable) return this.#end(1);
    this.#bind(endpoint).catch((error: unknown) => {
      this.#agent.log.error({ err: error }, "socket could not be made again");
      this.#end(1);
    });
  }

  #onSignals(): void {
    for (const signal of ["SIGTERM", "SIGINT", "SIGQUIT"] as const)
      process.once(signal, () => this.#die(signal));
    process.on("SIGHUP", () => this.#agent.audit.reopen());
    for (const signal of ["SIGUSR2", "SIGPIPE", "SIGALRM", "SIGWINCH"] as const)
      process.on(signal, () => undefined);
    process.on("uncaughtException", (error) => this.#crash(error));
    process.on("unhandledRejection", (error) => this.#crash(error));
  }

  /** Wipes, removes the socket, and dies of the signal, so that whoever sent it sees it work. */
  #die(signal: NodeJS.Signals): void {
    this.#agent.log.info({ signal }, "ending");
    this.#cleanUp();
    this.#agent.audit.write({ peer: "agent", verb: "stop", result: "allowed", note: signal });
    process.kill(process.pid, signal);
  }

  /** Wipes before anything else: the error may be one that keeps the log from being written. */
  #crash(error: unknown): void {
    this.#agent.state.lock("the agent ends");
    this.#agent.log.fatal({ err: error }, "ending after an unexpected error");
    this.#end(1);
  }

  #end(status: number): void {
    this.#cleanUp();
    process.exit(status);
  }

  #cleanUp(): void {
    this.#agent.state.lock("the agent ends");
    for (const { path } of this.#endpoints) path.remove();
    this.#manager.stopping();
  }
}
