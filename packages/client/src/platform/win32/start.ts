import koffi from "koffi";
import type { Handle } from "./api.ts";
import * as api from "./api.ts";

/** Starting a program with an environment that never was a string: Node's `spawn` takes strings only. */
const kernel32 = koffi.load("kernel32.dll");
type Func = ReturnType<typeof kernel32.func>;
const bind = (prototype: string): Func => kernel32.func(prototype);
const createProcess = bind(
  "int __stdcall CreateProcessW(str16 program, void *line, void *psa, void *tsa, int inherit, uint32 flags, void *environment, str16 folder, void *startup, void *made)",
);
const getStdHandle = bind("intptr_t __stdcall GetStdHandle(uint32 which)");
const setHandleInformation = bind(
  "int __stdcall SetHandleInformation(intptr_t h, uint32 mask, uint32 flags)",
);
const waitForSingleObject = bind("uint32 __stdcall WaitForSingleObject(intptr_t h, uint32 ms)");
const createJobObject = bind("intptr_t __stdcall CreateJobObjectW(void *sa, void *name)");
const setInformationJobObject = bind(
  "int __stdcall SetInformationJobObject(intptr_t job, int class, void *info, uint32 length)",
);
const assignProcess = bind("int __stdcall AssignProcessToJobObject(intptr_t job, intptr_t process)");
const resumeThread = bind("uint32 __stdcall ResumeThread(intptr_t thread)");
const terminateProcess = bind("int __stdcall TerminateProcess(intptr_t process, uint32 code)");
const getProcessHeap = bind("intptr_t __stdcall GetProcessHeap()");
const heapAlloc = bind("intptr_t __stdcall HeapAlloc(intptr_t heap, uint32 flags, size_t bytes)");
const heapFree = bind("int __stdcall HeapFree(intptr_t heap, uint32 flags, intptr_t at)");

/** CREATE_SUSPENDED, CREATE_UNICODE_ENVIRONMENT. */
const FLAGS = 0x4 | 0x400;
const INHERIT = 1;
const FOREVER = 0xffff_ffff;
/** STARTUPINFOW and PROCESS_INFORMATION on 64 bits: sizes and offsets of what is used. */
const STARTUP = { bytes: 104, flags: 60, handles: 80 } as const;
const MADE = { bytes: 24, process: 0, thread: 8 } as const;
const STARTF_USESTDHANDLES = 0x100;
/** STD_INPUT_HANDLE, STD_OUTPUT_HANDLE, STD_ERROR_HANDLE. */
const STD = [-10, -11, -12];
/** JOBOBJECT_EXTENDED_LIMIT_INFORMATION: KILL_ON_JOB_CLOSE and SILENT_BREAKAWAY_OK, for the program itself, not for what it starts. */
const JOB = { class: 9, bytes: 144, flagsAt: 16, flags: 0x2000 | 0x1000 } as const;

/**
 * Starts `file` with standard input, output and error of this process, and nothing else of it. `line`: the command line,
 * `environment`: `VAR=value` and a 0 each, and a 0; both UTF-16 little endian, ended by 0. The caller wipes the latter; of the
 * copy that Windows makes of it and frees again, what can be reached is overwritten. The program ends with this process.
 * Returns its handle. Throws an error with `win32`.
 */
export function startProgram(file: string, line: Buffer, environment: Buffer): Handle {
  const startup = Buffer.alloc(STARTUP.bytes);
  startup.writeUInt32LE(STARTUP.bytes);
  startup.writeUInt32LE(STARTF_USESTDHANDLES, STARTUP.flags);
  STD.forEach((which, i) => {
    const handle = Number(getStdHandle(which >>> 0));
    setHandleInformation(handle, INHERIT, INHERIT); // Node has switched it off
    startup.writeBigInt64LE(BigInt(handle), STARTUP.handles + 8 * i);
  });
  const made = Buffer.alloc(MADE.bytes);
  const started =
    createProcess(file, line, null, null, INHERIT, FLAGS, environment, null, startup, made) !== 0;
  const error = started ? undefined : api.lastError("CreateProcess");
  overwriteFreed(environment.length);
  if (error !== undefined) throw error;
  const [process, thread] = [MADE.process, MADE.thread].map((at) => Number(made.readBigInt64LE(at)));
  return begin(process as Handle, thread as Handle);
}

const HEAP_ZERO_MEMORY = 8;
const BLOCKS = 16;
const SMALLEST_BYTES = 32;

/**
 * CreateProcess frees its copy of the environment as it is. The heap gives such a place to who asks next for as much, and cuts
 * it up for who asks for less: blocks of zeros, from larger than that copy down to small ones, fill it.
 */
function overwriteFreed(bytes: number): void {
  const heap = Number(getProcessHeap());
  const taken: number[] = [];
  for (let size = 2 * bytes; size >= SMALLEST_BYTES; size = Math.floor(size * 0.7))
    for (let i = 0; i < BLOCKS; i++) taken.push(Number(heapAlloc(heap, HEAP_ZERO_MEMORY, size)));
  for (const at of taken) if (at !== 0) heapFree(heap, 0, at);
}

function begin(process: Handle, thread: Handle): Handle {
  const job = Number(createJobObject(null, null)); // stays open until this process ends, and with it the program
  const limits = Buffer.alloc(JOB.bytes);
  limits.writeUInt32LE(JOB.flags, JOB.flagsAt);
  setInformationJobObject(job, JOB.class, limits, limits.length);
  assignProcess(job, process); // refused within a job that allows no other: whoever made that one ends the program
  const resumed = resumeThread(thread) !== FOREVER;
  const error = resumed ? undefined : api.lastError("ResumeThread");
  api.closeHandle(thread);
  if (error === undefined) return process;
  terminateProcess(process, 1);
  api.closeHandle(process);
  throw error;
}

/** Resolves with the exit status of a program that was started, and closes its handle. */
export function endOf(process: Handle): Promise<number> {
  return new Promise((resolve, reject) => {
    waitForSingleObject.async(process, FOREVER, () => {
      const code: api.Out<number> = [0];
      const known = api.getExitCodeProcess(process, code) !== 0;
      const error = known ? undefined : api.lastError("GetExitCodeProcess");
      api.closeHandle(process);
      if (error === undefined) resolve(code[0]);
      else reject(error);
    });
  });
}
