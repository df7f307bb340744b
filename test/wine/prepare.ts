import { execFileSync, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { TestProject } from "vitest/node";
import { hasWindowsPython, NO_PYTHON } from "./python.ts";
import { environment } from "./wine.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Why nothing can be tested here; empty when it can. */
    noWine: string;
  }
}

const CANNOT = 3;
const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const WINE_PREPARE = `${ROOT}scripts/wine-prepare`;
const BUILD_EXE = `${ROOT}scripts/exe/main.mjs`;

/** Sets Wine up once for all files. Files are made by Wine's server: its umask counts, as an access list does on Windows. */
export default function setup(project: TestProject): void {
  const { status, stderr } = spawnSync(WINE_PREPARE, {
    cwd: ROOT,
    stdio: ["ignore", "inherit", "pipe"],
    encoding: "utf8",
  });
  if (status !== 0 && status !== CANNOT) throw new Error(`wine-prepare failed: ${stderr}`);
  project.provide("noWine", status === CANNOT ? stderr.trim() : "");
  if (status !== CANNOT) execFileSync(process.execPath, [BUILD_EXE, "win32"], { stdio: "inherit" });
  if (status === CANNOT) process.stderr.write(`test:wine: skipped: ${stderr}`);
  else if (!hasWindowsPython) process.stderr.write(`test:wine: python.test.ts skipped: ${NO_PYTHON}\n`);
  if (status !== CANNOT) startServer();
}

/** Does nothing where one runs already; of programs that end by themselves it is gone soon after the last. */
function startServer(): void {
  const script = "umask 077; /usr/lib/wine/wineserver64 -p60";
  spawnSync("sh", ["-c", script], { env: environment(), stdio: "ignore", timeout: 60_000 });
}
