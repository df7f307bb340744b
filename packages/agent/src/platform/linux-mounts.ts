import { readFileSync } from "node:fs";
import { readProc } from "./linux-proc.ts";

/** How a file system is mounted, of /proc/self/mountinfo (proc_pid_mountinfo(5)). */
export interface Mount {
  readonly type: string;
  readonly options: readonly string[];
}

/** How the file of a descriptor is mounted (proc_pid_fdinfo(5)); undefined where not in our mount namespace. */
export function mountOf(fd: number): Mount | undefined {
  const id = /^mnt_id:\t(\d+)$/m.exec(readProc("self", `fdinfo/${String(fd)}`) ?? "")?.[1];
  if (id === undefined) return undefined;
  const lines = readFileSync("/proc/self/mountinfo", "latin1").split("\n");
  const line = lines.find((text) => text.startsWith(`${id} `));
  return line === undefined ? undefined : parseMount(line);
}

/** `36 35 98:0 /root /mount/point OPTIONS TAG... - TYPE SOURCE SUPER_OPTIONS` */
export function parseMount(line: string): Mount | undefined {
  const fields = line.split(" ");
  const options = fields[5];
  const type = fields[fields.indexOf("-", 6) + 1];
  return options === undefined || type === undefined ? undefined : { type, options: options.split(",") };
}

/** A file system in user space: what it says of a file is up to whoever runs it, who may also never answer. */
export const isOfUserSpace = ({ type }: Mount): boolean => /^fuse(?:$|blk$|\.)/.test(type);
