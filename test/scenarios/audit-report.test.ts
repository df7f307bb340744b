/** `agent audit report`: a page on its own, that loads and runs nothing, and shows what the audit says. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AuditChain, tamper } from "../support/audit-chain.ts";
import { domOf, needsBrowser } from "../support/browser.ts";
import { runCommand, type Result } from "../support/command.ts";
import { NAMES, UNUSED, writeFortnight } from "../support/fortnight.ts";
import { CLI, PASSPHRASE, Sandbox } from "../support/sandbox.ts";

const DAY_MS = 86_400_000;
const PART_MS = 6 * 3_600_000;
const CURRENT = "audit.jsonl";

let folder: string;
let home: string;
let file: string;
let source: string;
let written: Result;

const report = (path: string, ...more: readonly string[]): Promise<Result> =>
  runCommand(process.execPath, [CLI, "--home", home, "audit", "report", "--html", path, ...more], {
    env: { TZ: "UTC" },
  });

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "sotto-report-"));
  home = join(folder, "home");
  file = join(folder, "report.html");
  mkdirSync(home, { mode: 0o700 });
  writeFortnight(home, Date.now());
  written = await report(file);
  source = existsSync(file) ? readFileSync(file, "utf8") : "";
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The strips of the timeline as the records themselves say: job, subject, outcome and part of the day. */
function expectedMarks(outcome: string): number {
  const marks = new Set<string>();
  for (const name of readdirSync(home).filter((one) => one.startsWith("audit")))
    for (const line of readFileSync(join(home, name), "utf8").trimEnd().split("\n")) {
      const {
        time,
        uid,
        verb,
        name: secret,
        result,
      } = JSON.parse(line) as Record<string, string | undefined>;
      const kind = result === "allowed" ? "given" : result === "locked" ? "unanswered" : "refused";
      if (uid === undefined || kind !== outcome) continue;
      marks.add(`${uid} ${secret ?? verb ?? ""} ${Math.floor(Date.parse(time ?? "") / PART_MS)}`);
    }
  return marks.size;
}

const count = (text: string, pattern: RegExp): number => [...text.matchAll(pattern)].length;
const GIVEN =
  /<rect\s+class="given"\s+x="[\d.]+%"\s+y="[\d.]+"\s+width="[\d.]+%"\s+height="[\d.]+"\s*><title>/g;
const markOf = (kind: string): RegExp =>
  new RegExp(`<use href="#${kind}" x="[\\d.]+%" y="\\d+"\\s*><title>`, "g");

/** Everything that a page could load or tell somebody. */
const REFERENCES =
  /\b(?:src|srcset|href|action|data|poster|background|ping|xlink:href)\s*=\s*["']?(?![#"'])|url\((?!#)|@import|https?:\/\//gi;

describe("the page", () => {
  it("is written for its owner alone, and the command says where", () => {
    expect(written.stderr).toBe(
      "agent: names of all secrets are not known: no agent answers: there is no socket\n",
    );
    expect(written.stdout.toString()).toBe(`${file}\n`);
    expect(written.status).toBe(0);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder).sort()).toEqual(["home", "report.html"]);
    expect(Buffer.byteLength(source)).toBeLessThan(300_000);
  });

  it("has no script and no reference to anything outside", () => {
    expect(source).toContain("content=\"default-src 'none'; style-src 'unsafe-inline'; ");
    expect(source).not.toMatch(/<(?:script|link|iframe|img|object|embed|base|form)\b| on[a-z]+=/i);
    expect(source.replace(/<code>.*?<\/code>/g, "").match(REFERENCES)).toBeNull();
  });

  it("B110: shows the path of a program as text, whatever it is made of", () => {
    expect(source).toContain(
      "/tmp/&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;\\u202e\\u001b[31m&amp;amp;",
    );
    // eslint-disable-next-line no-control-regex -- control characters are what is looked for
    expect(source).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/);
  });

  it("in a browser holds a mark for every part of a day in which somebody fetched or was refused", async (context) => {
    needsBrowser(context);
    const dom = await domOf(file);
    expect(dom).not.toMatch(/<script/i);
    expect(count(dom, GIVEN)).toBe(expectedMarks("given"));
    expect(count(dom, markOf("refused"))).toBe(expectedMarks("refused"));
    expect(count(dom, markOf("unanswered"))).toBe(expectedMarks("unanswered"));
    const all = ["given", "refused", "unanswered"].map(expectedMarks);
    expect(Math.min(...all)).toBeGreaterThan(2); // the hours when it was locked may lie in one part of a day, with three names
    const marks = / (\d+) marks of the timeline as a table/.exec(dom)?.[1];
    expect(Number(marks)).toBe(all.reduce((sum, one) => sum + one, 0));
    const rows = /<details>[^]*<\/details>/.exec(dom)?.[0] ?? "";
    expect(count(rows, /<tr>\s*<th scope="row">/g)).toBeGreaterThan(Number(marks) * 0.9);
    expect(
      count(
        dom,
        /<svg class="plot" role="img" aria-labelledby="(\S+) (\S+)">\s*<title id="\1">[^<]+<\/title>\s*<desc id="\2">/g,
      ),
    ).toBe(16 + 6);
  });

  it("in a browser says who was refused, which job stopped, and which names are not known", async (context) => {
    needsBrowser(context);
    const text = (await domOf(file))
      .replace(/<style>[^]*<\/style>/, "")
      .replace(/<[^>]+>/g, "")
      .replace(/\s+/g, " ");
    expect(text).toMatch(
      /\/tmp\/\.x\/curl of uid 1666 was refused 24 times, last .*: bank\/login, db\/main, ssh\/deploy, unlock\./,
    );
    expect(text).toMatch(
      /partner-sync\.service of \S+ \(9\) has fetched nothing for 3 d \d+ h; its longest pause before was /,
    );
    expect(text).toContain("wrong-passphrase");
    expect(text).toContain("twice the longest pause");
    expect(text).toContain("The names of all secrets are not known here (no agent answers");
    expect(text).toContain("is a chain without a break");
    for (const name of UNUSED) expect(text).not.toContain(name);
  });

  it.for([320, 390, 768, 1280])(
    "in a browser %i pixels wide needs no scrolling sideways",
    async (width, context) => {
      needsBrowser(context);
      const probe = join(folder, `probe-${width}.html`);
      writeFileSync(probe, framed(source, width));
      const [, inner, scroll] = /<title>(\d+) (\d+)<\/title>/.exec(await domOf(probe)) ?? [];
      rmSync(probe);
      expect(Number(inner)).toBe(width);
      expect(Number(scroll)).toBeLessThanOrEqual(width);
    },
  );
});

/** A page that shows another in a frame, because a window is never as narrow as a telephone, and measures that. */
function framed(page: string, width: number): string {
  const inner = page.replaceAll("&", "&amp;").replaceAll('"', "&quot;");
  return `<!doctype html><title></title><body><iframe style="border:0;width:${width}px" srcdoc="${inner}" onload="
    document.title = this.contentWindow.innerWidth + ' ' + this.contentDocument.documentElement.scrollWidth"></iframe>`;
}

it("an existing file is kept, unless --force", async () => {
  const path = join(folder, "kept.html");
  writeFileSync(path, "mine", { mode: 0o644 });
  const refused = await report(path);
  expect(refused.status).toBe(2);
  expect(refused.stderr).toContain("exists already");
  expect(readFileSync(path, "utf8")).toBe("mine");
  expect((await report(path, "--force")).status).toBe(0);
  expect(readFileSync(path, "utf8")).toContain("<!doctype html>");
  expect(statSync(path).mode & 0o777).toBe(0o600);
  rmSync(path);
  expect((await report(join(folder, "no/such/folder.html"))).status).toBe(1);
  expect(readdirSync(folder).sort()).toEqual(["home", "report.html"]);
});

it("a period without anything makes a page too", async () => {
  const path = join(folder, "empty.html");
  expect(
    (await report(path, "--since", new Date(Date.now() - 1_000).toISOString().replace("Z", "+00:00"))).status,
  ).toBe(0);
  expect(readFileSync(path, "utf8")).toContain("Nobody asked for anything in this period");
  rmSync(path);
});

it("a large audit makes a small page, and many refusals do not hide who fetched", async () => {
  const [large, path] = [join(folder, "large"), join(folder, "large.html")];
  mkdirSync(large);
  const audit = new AuditChain(large);
  for (let i = 0; i < 30_000; i++) {
    const time = new Date(Date.now() - 13 * DAY_MS + i * 36_000).toISOString();
    const uid = 2_000 + (i % 60);
    const denied = i % 30 === 0 && { uid: 3_000 + (i % 900), result: "denied", name: `guess/n${i}` };
    audit.add({ time, uid, gid: uid, pid: i, unit: `job-${uid}.service`, name: `team/n${i % 7}`, ...denied });
  }
  audit.end();
  const args = ["--home", large, "audit", "report", "--html", path];
  expect((await runCommand(process.execPath, [CLI, ...args], { env: { TZ: "UTC" } })).status).toBe(0);
  const page = readFileSync(path, "utf8");
  expect(Buffer.byteLength(page)).toBeLessThan(400_000);
  expect(count(page, GIVEN)).toBeGreaterThan(300);
  expect(count(page, markOf("refused"))).toBeGreaterThan(10);
  expect(page).toMatch(/Left out here: [\d,]+ strips/);
  rmSync(path);
  rmSync(large, { recursive: true });
});

it("a broken chain is said at the top", async () => {
  const kept = readFileSync(join(home, CURRENT));
  tamper(home, CURRENT, (lines) => lines.toSpliced(4, 1));
  const path = join(folder, "broken.html");
  expect((await report(path)).status).toBe(0);
  expect(readFileSync(path, "utf8")).toMatch(
    /was tampered with or damaged<\/b>: audit\.jsonl line 5 does not follow/,
  );
  rmSync(path);
  writeFileSync(join(home, CURRENT), kept);
});

it("with an unlocked agent the secrets that nobody fetched are named", async () => {
  await using sandbox = await Sandbox.start();
  for (const name of NAMES.slice(0, 2)) await sandbox.set(name, "value");
  await sandbox.set("dr/root", "value");
  await sandbox.grant("bank/login", "--uid", String(process.getuid?.()));
  await sandbox.ok(["get", "bank/login"]);
  const path = join(sandbox.folder, "live.html");
  await sandbox.ok(["audit", "report", "--html", path], { passphrase: PASSPHRASE });
  const [, idle = ""] = readFileSync(path, "utf8").split('id="idle-title"');
  expect(idle).toContain("<code>dr/root</code><small>no fetch in this audit</small>");
  expect(idle).toContain("<code>db/main</code>");
  expect(idle).not.toContain("bank/login");
  expect(Date.now() - statSync(path).mtimeMs).toBeLessThan(DAY_MS);
});
