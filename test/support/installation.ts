import { spawnSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const PACKAGES = ["client", "agent", "cli"];

/**
 * Sotto as an administrator would have installed it: a folder that every user may read, outside the checkout,
 * which may lie where only its owner can look. Disposing removes it.
 */
export class Installation implements Disposable {
  readonly folder: string;
  /** A node that every user may run. */
  readonly node: string;
  /** The entry of the command line. */
  readonly cli: string;
  /** The folder whose `node_modules` a job's script beside it resolves. */
  readonly modules: string;

  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), "sotto-installed-"));
    chmodSync(this.folder, 0o755);
    this.modules = join(this.folder, "node_modules");
    for (const name of PACKAGES) this.#copyPackage(join(ROOT, "packages", name), `@sotto/${name}`);
    this.cli = join(this.modules, "@sotto/cli/bin/agent.js");
    this.node = everyoneMayRun(process.execPath) ? process.execPath : this.#copyNode();
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** One package and, after it, what its manifest says that it needs. */
  #copyPackage(source: string, name: string): void {
    const target = join(this.modules, name);
    if (existsSync(target)) return;
    mkdirSync(dirname(target), { recursive: true });
    const ownSources = name.startsWith("@sotto/") ? join(source, "src") : undefined;
    cpSync(source, target, {
      recursive: true,
      dereference: true,
      filter: (path) => path !== ownSources && path !== join(source, "node_modules"),
    });
    const manifest = JSON.parse(readFileSync(join(source, "package.json"), "utf8")) as Manifest;
    for (const needed of Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies })) {
      const found = [join(source, "node_modules", needed), join(ROOT, "node_modules", needed)].find(
        existsSync,
      );
      if (found !== undefined) this.#copyPackage(found, needed);
    }
  }

  #copyNode(): string {
    const copy = join(this.folder, "node");
    copyFileSync(process.execPath, copy);
    chmodSync(copy, 0o755);
    return copy;
  }
}

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** Whether a user without any rights of ours could run it. */
function everyoneMayRun(program: string): boolean {
  if (process.getuid?.() !== 0) return true; // there is no other user to run it as
  return spawnSync(program, ["-e", "0"], { uid: 64_321, gid: 64_321, cwd: "/" }).status === 0;
}
