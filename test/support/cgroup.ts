import { existsSync, mkdirSync, readFileSync, rmdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { TestContext } from "vitest";

/** A cgroup made by hand, where systemd would make that of a unit. Needs root. Disposing removes it; nothing may be left in it. */
export class Cgroup implements Disposable {
  readonly #root: string;
  readonly #path: string;

  private constructor(root: string, path: string) {
    this.#root = root;
    this.#path = path;
    try {
      mkdirSync(this.folder, { recursive: true });
    } catch {
      mkdirSync(this.folder, { recursive: true }); // another test has just removed the folder above
    }
  }

  /** `path` is below the root. Skips the test, saying why, where none can be made. */
  static make(path: string, context: Pick<TestContext, "skip">): Cgroup {
    const root = rootOfUnits();
    context.skip(root === undefined, "no hierarchy of cgroups is mounted");
    try {
      return new Cgroup(root ?? "", path);
    } catch (error) {
      context.skip(`no cgroup can be made: ${(error as NodeJS.ErrnoException).code ?? ""}`);
    }
  }

  get name(): string {
    return basename(this.#path);
  }

  get folder(): string {
    return join(this.#root, this.#path);
  }

  /** The start of a command that runs another in this cgroup. */
  get enter(): string[] {
    return ["sh", "-c", `echo $$ > '${this.folder}/cgroup.procs' && exec "$@"`, "sh"];
  }

  /** Removes it, and the folders above it that nobody uses; but none of a service manager, who may have made them. */
  [Symbol.dispose](): void {
    const managed = existsSync("/run/systemd/system");
    for (let path = this.#path; path !== "."; path = dirname(path)) {
      if (managed && !path.includes("sotto-")) return;
      try {
        rmdirSync(join(this.#root, path));
      } catch {
        return;
      }
    }
  }
}

/** Where systemd keeps its units: the hierarchy of its own on version 1, else version 2 (cgroups(7)). */
function rootOfUnits(): string | undefined {
  const mounts = readFileSync("/proc/self/mountinfo", "utf8").split("\n");
  const own = mounts.find((line) => /,?name=systemd(?:,|$)/.test(line));
  const version2 = mounts.find((line) => line.includes(" - cgroup2 "));
  const root = (own ?? version2)?.split(" ")[4];
  return root !== undefined && existsSync(join(root, "cgroup.procs")) ? root : undefined;
}
