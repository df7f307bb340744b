import { spawn, type ChildProcess } from "node:child_process";
import { chmodSync, chownSync, copyFileSync, mkdirSync, writeFileSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A user who exists only for one cron daemon and its jobs. */
export interface CronUser {
  readonly name: string;
  readonly uid: number;
}

/**
 * Debian's own cron daemon with one crontab, in a mount namespace where it finds its own user database, spool and pid
 * file: nothing of the machine is touched, several can run beside each other, and all of it is gone with the process.
 * Needs root. Disposing ends the daemon.
 */
export class Cron implements AsyncDisposable {
  readonly #daemon: ChildProcess;

  /** `folder` must exist and be enterable by every user; `crontab` is its text. */
  constructor(folder: string, user: CronUser, crontab: string) {
    const etc = join(folder, "etc");
    const spool = join(folder, "spool");
    for (const made of [etc, spool]) mkdirSync(made, { mode: 0o755 });
    addLine(etc, "passwd", `${user.name}:x:${String(user.uid)}:${String(user.uid)}::${folder}:/bin/bash`);
    addLine(etc, "group", `${user.name}:x:${String(user.uid)}:`);
    addLine(etc, "shadow", `${user.name}:*:19000:0:99999:7:::`);
    const tab = join(spool, user.name);
    writeFileSync(tab, crontab);
    chmodSync(tab, 0o600);
    chownSync(tab, user.uid, user.uid);
    const setup = [
      "set -e",
      ...["passwd", "group", "shadow"].map((file) => `mount --bind ${join(etc, file)} /etc/${file}`),
      `mount --bind ${spool} /var/spool/cron/crontabs`,
      "mount -t tmpfs tmpfs /run",
      "exec cron -f",
    ];
    this.#daemon = spawn("unshare", ["--mount", "--propagation", "private", "sh", "-c", setup.join("\n")], {
      stdio: ["ignore", "inherit", "inherit"],
      env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
    });
  }

  /** False when the daemon could not be started or has ended. */
  get running(): boolean {
    return this.#daemon.exitCode === null && this.#daemon.signalCode === null;
  }

  /** Of the daemon, and before that of what prepares its mount namespace. */
  get pid(): number {
    return this.#daemon.pid ?? 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.running) return;
    const ended = new Promise((resolve) => this.#daemon.once("exit", resolve));
    this.#daemon.kill("SIGTERM");
    await ended;
  }
}

function addLine(etc: string, file: string, line: string): void {
  const copy = join(etc, file);
  copyFileSync(join("/etc", file), copy);
  writeFileSync(copy, `${readFileSync(copy, "utf8").trimEnd()}\n${line}\n`);
  chmodSync(copy, file === "shadow" ? 0o600 : 0o644);
}
