/** A path names a program only while nobody but root could have changed what lies there. */
import { chmodSync, chownSync, linkSync, mkdirSync, renameSync, symlinkSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, it } from "vitest";
import { runCommand } from "../support/command.ts";
import { setpriv } from "../support/other-process.ts";
import { peerRules } from "../support/peer-rules.ts";
import { needsPrograms, needsRoot } from "../support/requirements.ts";

const UID = 64_242;
const AS_USER = setpriv(UID);
const rules = peerRules();
beforeEach(needsRoot);
beforeEach((context) => needsPrograms(context, "perl", "setpriv"));

interface Spoilt {
  readonly reason: string;
  readonly spoil: (program: string, folder: string) => void;
  readonly mend: (program: string, folder: string) => void;
}

const SPOILT: readonly Spoilt[] = [
  {
    reason: "exe-symlink",
    spoil: (program) => {
      renameSync(program, `${program}-real`);
      symlinkSync(`${program}-real`, program);
    },
    mend: (program) => renameSync(`${program}-real`, program),
  },
  {
    reason: "exe-symlink",
    spoil: (_program, folder) => {
      renameSync(folder, `${folder}-real`);
      symlinkSync(`${folder}-real`, folder);
    },
    mend: (_program, folder) => {
      unlinkSync(folder);
      renameSync(`${folder}-real`, folder);
    },
  },
  {
    reason: "exe-links",
    spoil: (program) => linkSync(program, `${program}-too`),
    mend: (program) => unlinkSync(`${program}-too`),
  },
  {
    reason: "exe-writable",
    spoil: (program) => chmodSync(program, 0o775),
    mend: (program) => chmodSync(program, 0o755),
  },
  {
    reason: "exe-writable",
    spoil: (_program, folder) => chmodSync(folder, 0o1777),
    mend: (_program, folder) => chmodSync(folder, 0o755),
  },
  {
    reason: "exe-owner",
    spoil: (program) => chownSync(program, UID, UID),
    mend: (program) => chownSync(program, 0, 0),
  },
  {
    reason: "exe-owner",
    spoil: (_program, folder) => chownSync(folder, UID, UID),
    mend: (_program, folder) => chownSync(folder, 0, 0),
  },
];

it("B42: what can be changed by others is refused when the rule is made, and denied when it becomes so later", async () => {
  const folder = join(rules.folder.path, "bin");
  mkdirSync(folder);
  const program = rules.folder.program("bin/job");
  const rule = { uids: [UID], exes: [program] };
  await rules.under(rule, async () => {
    for (const { reason, spoil, mend } of SPOILT) {
      spoil(program, folder);
      expect(await rules.objection(rule)).toBe(reason);
      expect(await rules.objection({ uids: [UID], ancestors: [program] }), "as an ancestor").toBe(reason);
      await rules.expectDenied({ program, become: AS_USER });
      mend(program, folder);
      await rules.expectAllowed({ program, become: AS_USER });
    }
  });
});

it("B42: a path that names no program is refused, with the reason", async () => {
  const script = rules.folder.program("script", "/usr/bin/perldoc");
  const data = rules.folder.program("data");
  chmodSync(data, 0o644);
  const objections = {
    "/usr/bin/there-is-none": "exe-missing",
    "/usr/bin/env/below-a-file": "exe-not-a-program",
    "/usr/bin": "exe-not-a-program",
    "/dev/null": "exe-not-a-program",
    "/tmp": "exe-not-a-program",
    [data]: "exe-not-a-program",
    "/proc/self/exe": "exe-symlink",
    [script]: "exe-script",
  };
  for (const [path, reason] of Object.entries(objections))
    expect(await rules.objection({ uids: [UID], exes: [path] }), path).toBe(reason);
});

it("B42: a program on a nosuid mount is refused", async (context) => {
  needsPrograms(context, "mount", "umount");
  const mounted = join(rules.folder.path, "mounted");
  mkdirSync(mounted, { mode: 0o755 });
  const env = { PATH: process.env["PATH"] ?? "" };
  const options = ["-t", "tmpfs", "-o", "nosuid,mode=755,size=8m", "tmpfs", mounted];
  const { status } = await runCommand("mount", options, { env });
  context.skip(status !== 0, "nothing can be mounted here");
  try {
    const program = rules.folder.program("mounted/job");
    expect(await rules.objection({ uids: [UID], exes: [program] })).toBe("exe-mount");
  } finally {
    await runCommand("umount", [mounted], { env });
  }
});
