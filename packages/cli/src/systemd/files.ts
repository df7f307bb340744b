import { createHash } from "node:crypto";
import {
  credentialSocketUnit,
  programsDropIn,
  socketUnit,
  sysusers,
  tmpfiles,
  unlockUnit,
} from "./other-files.ts";
import type { Program } from "./program.ts";
import { serviceUnit } from "./service.ts";

/** A file of the machine, by its path there. */
export interface SystemFile {
  readonly path: string;
  readonly text: string;
}

const UNITS = "/etc/systemd/system";

/** All files of `agent systemd`, each marked so that a later version knows whether somebody changed it. */
export function systemFiles(program: Program): SystemFile[] {
  const files: readonly SystemFile[] = [
    { path: "/etc/sysusers.d/sotto.conf", text: sysusers() },
    { path: "/etc/tmpfiles.d/sotto.conf", text: tmpfiles() },
    { path: `${UNITS}/sotto.service`, text: serviceUnit(program) },
    { path: `${UNITS}/sotto.service.d/programs.conf.off`, text: programsDropIn() },
    { path: `${UNITS}/sotto.socket`, text: socketUnit() },
    { path: `${UNITS}/sotto-credentials.socket`, text: credentialSocketUnit() },
    { path: `${UNITS}/sotto-unlock.service`, text: unlockUnit(program) },
  ];
  return files.map(({ path, text }) => ({ path, text: marked(text) }));
}

const MARK = "# Written by: agent systemd install. SHA-256 of the lines below: ";

const marked = (text: string): string => `${MARK}${digest(text)}\n${text}`;

/** Whether a file is as some version of `agent systemd install` wrote it: it may be written anew. */
export function isUnchanged(text: string): boolean {
  const [first = ""] = text.split("\n", 1);
  return first.startsWith(MARK) && first === MARK + digest(text.slice(first.length + 1));
}

const digest = (text: string): string => createHash("sha256").update(text).digest("hex");
