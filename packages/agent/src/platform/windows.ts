import { closeSync } from "node:fs";
import { freemem } from "node:os";
import { api, descriptorFor } from "@sotto/client/win32";
import type { Platform } from "./types.ts";
import { dpapi } from "./windows-dpapi.ts";
import { claimFolder, sync, tryLock } from "./windows-files.ts";
import { harden } from "./windows-hardening.ts";
import { ownUid, processOf, sessionOf, sidOf } from "./windows-peer.ts";
import { isServed, PipeServer } from "./windows-pipe.ts";
import { judgeProgram, programAt } from "./windows-program.ts";
import { refuseOpenProgram } from "./windows-single-program.ts";

export { cutFile, fileObjection, groupId, openFolder } from "./windows-files.ts";

/** As many as the C library of Windows has. */
const DESCRIPTORS = 8192;
const STDIO = [0, 1, 2];
const READ_WRITE = 0x80000000 + 0x40000000;
const SHARE_ALL = 7;
const OPEN_EXISTING = 3;

const none = (what: string) => (): never => {
  throw new Error(`there are no ${what} on Windows`);
};

/** Windows 10, Server 2016 and later, on x64 and arm64. Tested under Wine: docs/WINDOWS.md says what that cannot show. */
export function platform(): Platform {
  return {
    keeper: dpapi,
    harden: () => {
      harden();
      refuseOpenProgram();
    },
    secretPages: () => undefined,
    pipes: { isServed, listen: (path, options) => new PipeServer(path, options) },
    peerOf: none("Unix sockets"),
    peerAddress: none("Unix sockets"),
    listeningAt: () => undefined,
    notifyManager: none("service managers with a socket"),
    ownUid,
    sidOf,
    sessionOf,
    processOf,
    programAt,
    judgeProgram,
    sync,
    claimFolder,
    tryLock,
    now: () => Number(api.getTickCount64()),
    availableMemory: freemem,
    descriptorLimit: () => DESCRIPTORS,
    detachStdio,
  };
}

/** What is closed leaves its number free, and the lowest free number is what the next one gets. */
function detachStdio(): void {
  for (const fd of STDIO) {
    try {
      closeSync(fd);
    } catch {
      // it was not open
    }
  }
  STDIO.forEach(() => openNothing());
}

const openNothing = (): number =>
  descriptorFor(api.createFile("NUL", READ_WRITE, SHARE_ALL, null, OPEN_EXISTING, 0, 0));
