import koffi from "koffi";

/** The calls of Windows that Node does not offer, as Microsoft documents them. Handles are numbers; 0 and -1 are none. */
const kernel32 = koffi.load("kernel32.dll");
const advapi32 = koffi.load("advapi32.dll");
/** Every node.exe exports libuv, which turns a handle into a descriptor that Node's sockets take. */
const node = koffi.load(process.execPath);

export type Handle = number;
/** An address that Windows gave; null where it gave none. */
export type Pointer = bigint | null;
export type Out<T> = [T];

koffi.struct("SECURITY_ATTRIBUTES", {
  nLength: "uint32",
  lpSecurityDescriptor: "void *",
  bInheritHandle: "int32",
});

type Call<A extends unknown[], R> = ((...args: A) => R) & {
  async(...args: [...A, (error: unknown, result: R) => void]): void;
};

const of =
  (library: ReturnType<typeof koffi.load>) =>
  <A extends unknown[], R>(prototype: string): Call<A, R> =>
    library.func(prototype) as Call<A, R>;
const kernel = of(kernel32);
const advapi = of(advapi32);

interface SecurityAttributes {
  readonly nLength: number;
  readonly lpSecurityDescriptor: Pointer;
  readonly bInheritHandle: 0 | 1;
}

export const getLastError = kernel<[], number>("uint32 __stdcall GetLastError()");
export const closeHandle = kernel<[Handle], number>("int __stdcall CloseHandle(intptr_t h)");
export const localFree = kernel<[Pointer], Pointer>("void * __stdcall LocalFree(void *p)");

export const createNamedPipe = kernel<
  [string, number, number, number, number, number, number, SecurityAttributes],
  Handle
>(
  "intptr_t __stdcall CreateNamedPipeW(str16 name, uint32 open, uint32 mode, uint32 most, uint32 out, uint32 in, uint32 ms, SECURITY_ATTRIBUTES *sa)",
);
export const connectNamedPipe = kernel<[Handle, unknown], number>(
  "int __stdcall ConnectNamedPipe(intptr_t h, void *overlapped)",
);
export const getOverlappedResult = kernel<[Handle, unknown, Out<number>, number], number>(
  "int __stdcall GetOverlappedResult(intptr_t h, void *overlapped, _Out_ uint32 *count, int wait)",
);
export const cancelIoEx = kernel<[Handle, unknown], number>(
  "int __stdcall CancelIoEx(intptr_t h, void *overlapped)",
);
export const createEvent = kernel<[null, number, number, null], Handle>(
  "intptr_t __stdcall CreateEventW(void *sa, int manual, int set, void *name)",
);
export const setEvent = kernel<[Handle], number>("int __stdcall SetEvent(intptr_t h)");
export const waitForMultipleObjects = kernel<[number, Buffer, number, number], number>(
  "uint32 __stdcall WaitForMultipleObjects(uint32 count, void *handles, int all, uint32 ms)",
);
export const createFile = kernel<
  [string, number, number, SecurityAttributes | null, number, number, Handle],
  Handle
>(
  "intptr_t __stdcall CreateFileW(str16 name, uint32 access, uint32 share, SECURITY_ATTRIBUTES *sa, uint32 how, uint32 flags, intptr_t template)",
);
export const reOpenFile = kernel<[Handle, number, number, number], Handle>(
  "intptr_t __stdcall ReOpenFile(intptr_t h, uint32 access, uint32 share, uint32 flags)",
);
export const createDirectory = kernel<[string, SecurityAttributes], number>(
  "int __stdcall CreateDirectoryW(str16 name, SECURITY_ATTRIBUTES *sa)",
);
export const waitNamedPipe = kernel<[string, number], number>(
  "int __stdcall WaitNamedPipeW(str16 name, uint32 ms)",
);
export const getNamedPipeClientProcessId = kernel<[Handle, Out<number>], number>(
  "int __stdcall GetNamedPipeClientProcessId(intptr_t h, _Out_ uint32 *pid)",
);
export const getNamedPipeServerProcessId = kernel<[Handle, Out<number>], number>(
  "int __stdcall GetNamedPipeServerProcessId(intptr_t h, _Out_ uint32 *pid)",
);
export const openProcess = kernel<[number, number, number], Handle>(
  "intptr_t __stdcall OpenProcess(uint32 access, int inherit, uint32 pid)",
);
export const getCurrentProcess = kernel<[], Handle>("intptr_t __stdcall GetCurrentProcess()");
export const getCurrentThread = kernel<[], Handle>("intptr_t __stdcall GetCurrentThread()");
export const getExitCodeProcess = kernel<[Handle, Out<number>], number>(
  "int __stdcall GetExitCodeProcess(intptr_t h, _Out_ uint32 *code)",
);
export const queryFullProcessImageName = kernel<[Handle, number, Buffer, Out<number>], number>(
  "int __stdcall QueryFullProcessImageNameW(intptr_t h, uint32 flags, void *name, _Inout_ uint32 *length)",
);
const getSystemDirectory = kernel<[Buffer, number], number>(
  "uint32 __stdcall GetSystemDirectoryW(void *room, uint32 chars)",
);
export const flushFileBuffers = kernel<[Handle], number>("int __stdcall FlushFileBuffers(intptr_t h)");
export const lockFileEx = kernel<[Handle, number, number, number, number, Buffer], number>(
  "int __stdcall LockFileEx(intptr_t h, uint32 flags, uint32 zero, uint32 low, uint32 high, void *overlapped)",
);
export const getTickCount64 = kernel<[], number | bigint>("uint64 __stdcall GetTickCount64()");
export const setErrorMode = kernel<[number], number>("uint32 __stdcall SetErrorMode(uint32 mode)");
export const getProcessWorkingSetSize = kernel<[Handle, Out<number>, Out<number>], number>(
  "int __stdcall GetProcessWorkingSetSize(intptr_t h, _Out_ size_t *least, _Out_ size_t *most)",
);
export const setProcessWorkingSetSize = kernel<[Handle, number, number], number>(
  "int __stdcall SetProcessWorkingSetSize(intptr_t h, size_t least, size_t most)",
);

export const impersonateNamedPipeClient = advapi<[Handle], number>(
  "int __stdcall ImpersonateNamedPipeClient(intptr_t h)",
);
export const revertToSelf = advapi<[], number>("int __stdcall RevertToSelf()");
export const openThreadToken = advapi<[Handle, number, number, Out<number>], number>(
  "int __stdcall OpenThreadToken(intptr_t thread, uint32 access, int asSelf, _Out_ intptr_t *token)",
);
export const openProcessToken = advapi<[Handle, number, Out<number>], number>(
  "int __stdcall OpenProcessToken(intptr_t process, uint32 access, _Out_ intptr_t *token)",
);
export const getTokenInformation = advapi<[Handle, number, Buffer | null, number, Out<number>], number>(
  "int __stdcall GetTokenInformation(intptr_t token, int class, void *room, uint32 length, _Out_ uint32 *needed)",
);
export const lookupAccountName = advapi<
  [null, string, Buffer, [number], Buffer, [number], Out<number>],
  number
>(
  "int __stdcall LookupAccountNameW(void *system, str16 name, void *sid, _Inout_ uint32 *length, void *domain, _Inout_ uint32 *chars, _Out_ int *use)",
);
export const descriptorFromText = advapi<[string, number, Out<Pointer>, Out<number>], number>(
  "int __stdcall ConvertStringSecurityDescriptorToSecurityDescriptorW(str16 text, uint32 revision, _Out_ void **sd, _Out_ uint32 *length)",
);
export const getSecurityInfo = advapi<[Handle, number, number, null, null, null, null, Out<Pointer>], number>(
  "uint32 __stdcall GetSecurityInfo(intptr_t h, int type, uint32 what, void *owner, void *group, void *dacl, void *sacl, _Out_ void **sd)",
);
export const setKernelObjectSecurity = advapi<[Handle, number, Pointer], number>(
  "int __stdcall SetKernelObjectSecurity(intptr_t h, uint32 what, void *sd)",
);
export const getSecurityDescriptorLength = advapi<[Pointer], number>(
  "uint32 __stdcall GetSecurityDescriptorLength(void *sd)",
);

export const uvOpenOsfhandle = node.func("int uv_open_osfhandle(intptr_t h)") as unknown as (
  handle: Handle,
) => number;
export const uvGetOsfhandle = node.func("intptr_t uv_get_osfhandle(int fd)") as unknown as (
  fd: number,
) => Handle;

/** The flags by which Windows Error Reporting leaves memory out of what it keeps; undefined where it is not offered. */
export const werSetFlags = optional<[number], number>("int __stdcall WerSetFlags(uint32 flags)");

function optional<A extends unknown[], R>(prototype: string): Call<A, R> | undefined {
  try {
    return kernel<A, R>(prototype);
  } catch {
    return undefined;
  }
}

/** The folder of the programs of Windows itself. */
export function systemDirectory(): string {
  const room = Buffer.alloc(2 * 260); // MAX_PATH
  const chars = getSystemDirectory(room, room.length / 2);
  if (chars === 0 || 2 * chars > room.length) throw lastError("GetSystemDirectory");
  return room.toString("utf16le", 0, 2 * chars);
}

/** A copy of memory that Windows owns. */
export const bytesAt = (address: Pointer, length: number): Buffer =>
  Buffer.from(new Uint8Array(koffi.view(address as bigint, length)));

/** An OVERLAPPED with an event, in memory that stays where it is: Windows writes to it later. */
export function makeOverlapped(event: Handle): unknown {
  const overlapped: unknown = koffi.alloc("uint8_t", OVERLAPPED_BYTES);
  koffi.encode(overlapped, "uint8_t", new Array(OVERLAPPED_BYTES).fill(0), OVERLAPPED_BYTES);
  koffi.encode(overlapped, EVENT_OFFSET, "int64_t", event);
  return overlapped;
}
const OVERLAPPED_BYTES = 32;
const EVENT_OFFSET = 24;

export const free = (memory: unknown): void => koffi.free(memory);

/** Numbers of `winerror.h`. */
export const ERROR = {
  fileNotFound: 2,
  accessDenied: 5,
  lockViolation: 33,
  alreadyExists: 183,
  pipeBusy: 231,
  noData: 232,
  pipeConnected: 535,
  ioPending: 997,
} as const;

/** The error of the call that has just failed, named after it. */
export function lastError(call: string, number = getLastError()): Error {
  return Object.assign(new Error(`${call} failed: win32 error ${number}`), { win32: number });
}
