import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** Builds the program for Linux. */
export default function setup(): void {
  const build = fileURLToPath(new URL("../../scripts/exe/main.mjs", import.meta.url));
  execFileSync(process.execPath, [build, "linux"], { stdio: "inherit" });
}
