import { chmodSync, copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";

/**
 * A folder that, from the root down, nobody but root can write to: programs in it may be named in rules. Temporary
 * folders are none. Needs root. Disposing removes it.
 */
export class TrustedFolder implements Disposable {
  readonly path: string;

  constructor() {
    this.path = mkdtempSync("/var/lib/sotto-test-");
    chmodSync(this.path, 0o755);
  }

  /** A copy of a program under a name of its own. */
  program(name: string, source = "/usr/bin/perl"): string {
    const copy = join(this.path, name);
    copyFileSync(source, copy);
    chmodSync(copy, 0o755);
    return copy;
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
