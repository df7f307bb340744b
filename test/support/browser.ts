import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { TestContext } from "vitest";
import { runCommand } from "./command.ts";

const BROWSER = "chromium";
/** Nothing that reaches for a network, a profile or a screen. */
const QUIET = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--hide-scrollbars",
];

/** Skips the test, saying so, where there is no browser: it is large, and nothing else needs it. */
export function needsBrowser(context: Pick<TestContext, "skip">): void {
  const found = (process.env["PATH"] ?? "")
    .split(delimiter)
    .some((folder) => existsSync(join(folder, BROWSER)));
  context.skip(!found, `not installed: ${BROWSER} (Debian's package; the page is looked at in it)`);
}

/** The document that the browser makes of a page, as markup, after everything in it that runs has run. */
export async function domOf(file: string, width = 1280): Promise<string> {
  const profile = mkdtempSync(join(tmpdir(), "sotto-browser-"));
  try {
    const { status, stdout, stderr } = await runCommand(
      BROWSER,
      [
        ...QUIET,
        `--user-data-dir=${profile}`,
        `--window-size=${width},900`,
        "--dump-dom",
        pathToFileURL(file).href,
      ],
      { env: { PATH: process.env["PATH"] ?? "", HOME: profile, TZ: "UTC" } },
    );
    if (status !== 0) throw new Error(`${BROWSER} exited ${String(status)}: ${stderr}`);
    return stdout.toString();
  } finally {
    rmSync(profile, { recursive: true, force: true });
  }
}
