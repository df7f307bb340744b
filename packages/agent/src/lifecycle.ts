import type { Agent } from "./agent.ts";
import { Listener } from "./net/listener.ts";
import type { SocketPath } from "./net/socket-path.ts";

const TICK_MS = 500;
const OWN_SOCKET_CHECK_MS = 20_000;
/** Time for the reply to `stop` to leave. */
const LAST_REPLY_MS = 100;

/** From listening to the end: signals, deadlines, the watch on the agent's own socket. */
export class Lifecycle {
  readonly #agent: Agent;
  readonly #socketPath: SocketPath;
  readonly #listener: Listener;
  #nextSocketCheck = 0;

  constructor(agent: Agent, socketPath: SocketPath) {
    this.#agent = agent;
    this.#socketPath = socketPath;
    this.#listener = new Listener(agent);
    agent.state.beforeLock(() => agent.audit.beforeLock());
    agent.state.onLock((cause) => agent.audit.locked(cause)); // last: a slow disk holds up nothing that wipes
  }

  /** Listens, says so, and goes on in the background unless told otherwise. */
  async start({ foreground, unhardened }: { foreground: boolean; unhardened: boolean }): Promise<void> {
    this.#onSignals();
    await this.#bind();
    setInterval(() => this.#tick(), TICK_MS);
    const { audit, log, memory, version } = this.#agent;
    audit.write({
      peer: "agent",
      verb: "start",
      result: "allowed",
      note: `version ${version}, memory ${memory.mode}${unhardened ? ", unhardened" : ""}`,
    });
    log.info({ version, memory: memory.mode, socket: this.#socketPath.path }, "listening");
    if (memory.mode === "weak") log.warn("memory cannot be locked: secrets may reach swap");
    process.stdout.write("ready\n");
    if (!foreground) this.#agent.platform.detachStdio();
  }

  /** Ends after the reply in hand has left. The vault is locked already. */
  stop(): void {
    setTimeout(() => this.#end(0), LAST_REPLY_MS);
  }

  async #bind(): Promise<void> {
    await this.#listener.listen(this.#socketPath.path);
    this.#socketPath.bound();
    this.#nextSocketCheck = this.#agent.platform.now() + OWN_SOCKET_CHECK_MS;
  }

  #tick(): void {
    this.#agent.state.checkDeadlines();
    this.#listener.checkDeadlines();
    this.#agent.audit.ready(); // so that a trouble is noticed, and its end too, when nobody asks for anything
    if (this.#agent.platform.now() >= this.#nextSocketCheck) this.#checkOwnSocket();
  }

  /** As gpg-agent does: an agent that nobody can reach any more must not keep secrets. */
  #checkOwnSocket(): void {
    this.#nextSocketCheck = this.#agent.platform.now() + OWN_SOCKET_CHECK_MS;
    const found = this.#socketPath.check();
    if (found === "ours") return;
    this.#agent.log.error({ socket: this.#socketPath.path }, `socket ${found}`);
    if (found === "replaced") return this.#end(1);
    this.#bind().catch((error: unknown) => {
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
    this.#socketPath.remove();
  }
}
