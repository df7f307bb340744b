import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { GLOBAL_OPTIONS } from "../table/global-options.ts";
import { GROUPS } from "../table/index.ts";
import type { CommandSpec } from "../table/spec.ts";
import { ALIAS, manualPage } from "./page.ts";
import { text } from "./roff.ts";

const page = manualPage(GROUPS, "1.2.3");
const ENVIRONMENT = {
  PATH: process.env["PATH"] ?? "",
  MANWIDTH: "200",
  LC_ALL: "C.UTF-8",
  MAN_KEEP_FORMATTING: "",
};

interface Shown {
  readonly shown: string;
  readonly warnings: string;
}

/** As man(1) finds and shows a page, on a terminal that is wide; undefined where there is no man. */
function show(name: string, source = page): Shown | undefined {
  const folder = mkdtempSync(join(tmpdir(), "sotto-man-"));
  try {
    mkdirSync(join(folder, "man1"));
    writeFileSync(join(folder, "man1/agent.1"), source);
    writeFileSync(join(folder, "man1/sotto.1"), ALIAS);
    const options = { env: ENVIRONMENT, encoding: "utf8" } as const;
    const { error, stdout, stderr } = spawnSync("man", ["--warnings", "-M", folder, name], options);
    return error === undefined ? { shown: stdout, warnings: stderr } : undefined;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What commander writes for a thing to fill in, without its brackets: it is in italics. */
const plain = (flags: string): string => flags.replace(/[<>]/g, "");

it.for(["agent", "sotto"])(
  "man %s shows each command with all that it takes, without a warning",
  (name, context) => {
    const page = show(name);
    if (page === undefined) return context.skip("not installed: man (scripts/prepare installs it as root)");
    expect(page.warnings).toBe("");
    const all = page.shown.replace(/\s+/g, " ");
    let from = all.indexOf("COMMANDS");
    for (const { name: command, operands = "", summary, options = [], example } of commandsByHeading()) {
      const line = plain(
        ["agent", command, ...(options.length > 0 ? ["[options]"] : []), operands].join(" "),
      );
      const parts = [
        `${line.trim()} ${summary}`,
        ...options.map(([flags, about]) => `${plain(flags)} ${about}`),
      ];
      for (const part of [...parts, `$ ${example.replace(/\s+/g, " ")}`]) {
        const at = all.indexOf(part, from);
        expect(at, `${command}: ${part}, after what comes before it`).toBeGreaterThan(0);
        from = at + part.length;
      }
    }
    for (const [flags, about] of GLOBAL_OPTIONS)
      expect(all.slice(from)).toContain(`${plain(flags)} ${about}`);
  },
);

/** In the order of the page. */
function commandsByHeading(): CommandSpec[] {
  const headings = [...new Set(GROUPS.map(({ heading }) => heading))];
  return headings.flatMap((one) =>
    GROUPS.filter(({ heading }) => heading === one).flatMap((g) => g.commands),
  );
}

it("a mistake in the page is a warning", (context) => {
  const page = show("agent", `.TH AGENT 1 "" "" ""\n.SH NAME\nagent \\- x\n.NO-SUCH\n\\fQ\n`);
  if (page === undefined) return context.skip("not installed: man (scripts/prepare installs it as root)");
  expect(page.warnings).not.toBe("");
});

it("no text is taken for a request", () => {
  expect(text(".so /etc/passwd\n'br \\fB a-b")).toBe("\\&.so /etc/passwd\n\\(aqbr \\(rsfB a\\-b");
});

it("the package names the pages that npm run man writes", () => {
  const manifest = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  expect((JSON.parse(manifest) as { man: unknown }).man).toEqual([
    "./dist/man/agent.1",
    "./dist/man/sotto.1",
  ]);
});
