import { resolve } from "node:path";
import type { Call } from "../call.ts";
import { usage } from "../failure/failure.ts";
import { answerEither, note, warn } from "../output/tell.ts";
import { systemFiles } from "../systemd/files.ts";
import { carryOut, plan } from "../systemd/install.ts";
import { hiddenPaths, thisProgram } from "../systemd/program.ts";

export interface InstallOptions {
  readonly root?: string;
  readonly dryRun?: boolean;
  readonly force?: boolean;
}

const NEXT = `next:
  systemd-sysusers && systemd-tmpfiles --create && systemctl daemon-reload
  systemctl enable --now sotto-credentials.socket sotto.service
  agent init                                  # once
  systemctl enable --now sotto-unlock.service # optional: ask for the passphrase at each boot`;

/** `agent systemd install`: writes the files, starts nothing, and says what to do next. */
export function run(call: Call<InstallOptions>): Promise<void> {
  const { root = "/", dryRun = false, force = false } = call.options;
  if (root === "") throw usage("--root takes a folder");
  const program = thisProgram();
  const steps = plan(systemFiles(program), resolve(root), force);
  if (!dryRun) carryOut(steps);
  for (const path of hiddenPaths(program))
    warn(`${path} is hidden from the unit: install node and sotto below /usr or /opt`);
  const files = steps.map(({ path, action }) => ({ path, action }));
  answerEither(call, { files, written: !dryRun }, files.map((one) => `${one.action} ${one.path}`).join("\n"));
  if (!dryRun) note(call, NEXT);
  return Promise.resolve();
}
