/** An interpreter runs whatever it is told to: a rule names one only where its maker says so. */
import { existsSync, realpathSync, renameSync } from "node:fs";
import { beforeEach, expect, it } from "vitest";
import { setpriv } from "../support/other-process.ts";
import { peerRules } from "../support/peer-rules.ts";
import { needsPrograms, needsRoot } from "../support/requirements.ts";

const UID = 64_243;
const rules = peerRules();
beforeEach(needsRoot);
beforeEach((context) => needsPrograms(context, "perl", "setpriv"));

const NAMES = [
  "python3.11",
  "perl5.36.0",
  "node",
  "bash",
  "dash",
  "mawk",
  "env",
  "busybox",
  "ruby3.1",
  "php8.2",
];

it("B43: by its name, with any version behind it, unless it is allowed", async () => {
  for (const name of NAMES) {
    const program = rules.folder.program(name);
    const rule = { uids: [UID], exes: [program] };
    expect(await rules.objection(rule), name).toBe("exe-interpreter");
    expect(await rules.objection({ uids: [UID], ancestors: [program] }), name).toBe("exe-interpreter");
    expect(await rules.objection({ ...rule, interpreter: true }), name).toBeUndefined();
  }
});

it("B43: those of the system themselves", async () => {
  const known = ["/usr/bin/env", "/usr/bin/bash", "/usr/bin/dash", "/usr/bin/mawk", "/usr/bin/setpriv"];
  for (const path of known.filter(existsSync))
    expect(await rules.objection({ uids: [UID], exes: [path] }), path).toBe("exe-interpreter");
  const loader = ["/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1"].find(existsSync);
  if (loader !== undefined)
    expect(await rules.objection({ uids: [UID], exes: [realpathSync(loader)] })).toBe("exe-interpreter");
});

it("B43: allowed, it is let in by the rule, and rule and audit say what it is", async () => {
  const program = rules.folder.program("perl5.99");
  await rules.under({ uids: [UID], exes: [program], interpreter: true }, async () => {
    const made = rules.agent().sandbox.auditRecords().at(-1);
    expect(made).toMatchObject({ verb: "grant", note: "interpreter" });
    await rules.expectAllowed({ program, become: setpriv(UID) });
    expect(rules.lastFetch()).toMatchObject({ result: "allowed", exe: program, note: "interpreter" });
    const administrator = await rules.administrator();
    const { header } = await administrator.must("rules", { name: rules.name });
    expect(header.get("rules")).toEqual([expect.any(Map)]);
    const [rule] = header.get("rules") as Map<string, unknown>[];
    expect(rule?.get("interpreter")).toBe(true);
  });
});

it("B43: a copy under another name is not recognised: the limit that the documentation tells of", async () => {
  const program = rules.folder.program("perl");
  const renamed = `${rules.folder.path}/report`;
  renameSync(program, renamed);
  expect(await rules.objection({ uids: [UID], exes: [renamed] })).toBeUndefined();
});
