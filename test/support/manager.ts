import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";

/** Receives what a process tells its service manager, and prints each message on a line, in hexadecimal digits. */
const LISTEN = `
use strict; use Socket; $| = 1;
my $name = shift; $name =~ s/^@/\\0/;
socket(my $socket, PF_UNIX, SOCK_DGRAM, 0) or die;
bind($socket, pack("Sa*", AF_UNIX, $name)) or die "bind: $!";
print "\\n";
while (defined recv($socket, my $message, 4096, 0)) { print unpack("H*", $message), "\\n" }
`;

/** A service manager as far as sd_notify(3) goes, at a path or an abstract name. Disposing ends it. */
export class Manager implements AsyncDisposable {
  readonly #child: ChildProcess;
  #said = "";

  private constructor(address: string) {
    this.#child = spawn("perl", ["-e", LISTEN, address], { stdio: ["ignore", "pipe", "inherit"] });
    this.#child.stdout?.on("data", (bytes: Buffer) => (this.#said += bytes.toString("latin1")));
  }

  /** `address` as in NOTIFY_SOCKET. */
  static async start(address: string): Promise<Manager> {
    const manager = new Manager(address);
    await once(manager.#child.stdout as NodeJS.EventEmitter, "data");
    return manager;
  }

  /** All messages so far. */
  get messages(): string[] {
    return this.#said
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => Buffer.from(line, "hex").toString());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, "exit");
  }
}
