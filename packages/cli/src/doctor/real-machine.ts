import type { Stats } from "node:fs";
import * as fs from "node:fs";
import { release } from "node:os";
import { userNames } from "../audit/users.ts";
import type { Entry, Machine, Space } from "./machine.ts";

/** Longest file that is read. What grows without bounds is none of our business. */
const MAX_BYTES = 1024 * 1024;
const MODE_BITS = 0o7777;

/** This machine, as this process sees it. */
export function realMachine(): Machine {
  const names = userNames();
  return {
    uid: process.geteuid?.() ?? -1,
    env: process.env,
    nodeVersion: process.versions.node,
    kernel: release(),
    now: Date.now(),
    knowsNodeFlag: (flag) => process.allowedNodeEnvironmentFlags.has(flag),
    knowsTimeZone,
    who: (uid) => names.who(uid),
    userName: (uid) => names.name(uid),
    lstat,
    realPath: (path) => attempt(() => fs.realpathSync(path)),
    read,
    list: (path) => attempt(() => fs.readdirSync(path)),
    readLink: (path) => attempt(() => fs.readlinkSync(path)),
    mayWrite,
    space,
  };
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

function lstat(path: string): Entry | "absent" | "unseen" {
  try {
    return entryOf(fs.lstatSync(path));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === "ENOENT" || code === "ENOTDIR" ? "absent" : "unseen";
  }
}

const entryOf = (stats: Stats): Entry => ({
  kind: kindOf(stats),
  uid: stats.uid,
  mode: stats.mode & MODE_BITS,
  links: stats.nlink,
  id: `${stats.dev}:${stats.ino}`,
  bytes: stats.size,
  modified: stats.mtimeMs,
});

function kindOf(stats: Stats): Entry["kind"] {
  if (stats.isFile()) return "file";
  if (stats.isDirectory()) return "folder";
  if (stats.isSymbolicLink()) return "link";
  return stats.isSocket() ? "socket" : "other";
}

/** Never waits: what is a FIFO, or a device, is not opened for long. */
function read(path: string): string | undefined {
  return attempt(() => {
    const fd = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
    try {
      const stats = fs.fstatSync(fd);
      return stats.isFile() && stats.size <= MAX_BYTES ? fs.readFileSync(fd, "utf8") : undefined;
    } finally {
      fs.closeSync(fd);
    }
  });
}

const mayWrite = (path: string): boolean =>
  attempt(() => {
    fs.accessSync(path, fs.constants.W_OK);
    return true;
  }) ?? false;

function space(path: string): Space | undefined {
  return attempt(() => {
    const { bsize, bfree, bavail, files, ffree } = fs.statfsSync(path);
    return { free: bfree * bsize, available: bavail * bsize, files, filesFree: ffree };
  });
}

const knowsTimeZone = (name: string): boolean =>
  attempt(() => new Intl.DateTimeFormat("en", { timeZone: name })) !== undefined;
