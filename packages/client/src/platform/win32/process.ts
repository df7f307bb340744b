import type { Handle } from "./api.ts";
import * as api from "./api.ts";

/** PROCESS_QUERY_LIMITED_INFORMATION: who it is and what it runs, nothing of its memory. */
const QUERY_LIMITED = 0x1000;
const STILL_ACTIVE = 259;
const LONGEST_PATH = 32_768;

/** Holds a process, so that its pid cannot come to mean another one. Throws where it is gone or may not be looked at. */
export function holdProcess(pid: number): Handle {
  const handle = api.openProcess(QUERY_LIMITED, 0, pid);
  if (handle === 0) throw api.lastError("OpenProcess");
  return handle;
}

/** The path of its program; undefined where Windows does not tell. */
export function programOf(process: Handle): string | undefined {
  const room = Buffer.alloc(2 * LONGEST_PATH);
  const length: [number] = [LONGEST_PATH];
  if (api.queryFullProcessImageName(process, 0, room, length) === 0) return undefined;
  return room.toString("utf16le", 0, 2 * length[0]);
}

/** Whether it has not ended yet. */
export function runs(process: Handle): boolean {
  const code: api.Out<number> = [0];
  return api.getExitCodeProcess(process, code) !== 0 && code[0] === STILL_ACTIVE;
}
