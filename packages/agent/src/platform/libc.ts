import koffi from "koffi";

/** The C library calls that Node does not offer. `long` results and pointers follow the 64-bit Linux ABI. */
const libc = koffi.load("libc.so.6");

type Call = (...args: (number | bigint | Buffer | null)[]) => number;
interface AsyncCall extends Call {
  async(fd: number, done: (error: unknown, result: number) => void): void;
}

/** koffi gives a C long as a bigint where it does not fit a number. */
type LongCall = (...args: (number | Buffer | null)[]) => number | bigint;

const bind = (prototype: string): AsyncCall => libc.func(prototype);

export const getsockopt = bind("int getsockopt(int fd, int level, int name, void *value, void *length)");
export const socket = bind("int socket(int domain, int type, int protocol)");
export const getsockname = bind("int getsockname(int fd, void *address, void *length)");
export const getpeername = bind("int getpeername(int fd, void *address, void *length)");
export const sendto = (...args: (number | Buffer)[]): number => Number(sendtoCall(...args));
export const prctl = bind(
  "int prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d)",
);
export const setrlimit = bind("int setrlimit(int resource, void *limit)");
export const mmap = bind(
  "void *mmap(void *address, size_t length, int protection, int flags, int fd, int64_t offset)",
) as unknown as (...args: (number | bigint | null)[]) => bigint | null;
export const mprotect = bind("int mprotect(void *address, size_t length, int protection)");
export const ftruncate = bind("int ftruncate(int fd, int64_t length)");
const openFile = bind("int open(const char *path, int flags)") as unknown as (
  path: string,
  flags: number,
) => number;
export const close = bind("int close(int fd)");
const readCall = bind("long read(int fd, void *bytes, size_t count)") as unknown as LongCall;
const readlinkCall = bind("long readlink(const char *path, void *text, size_t count)") as unknown as (
  path: string,
  text: Buffer,
  count: number,
) => number | bigint;
export const dup2 = bind("int dup2(int from, int to)");
export const flock = bind("int flock(int fd, int operation)");
export const fsync = bind("int fsync(int fd)");
export const poll = bind("int poll(void *fds, unsigned long count, int timeout)");
export const ioctl = bind("int ioctl(int fd, unsigned long request, void *argument)");
const statxCall = bind(
  "int statx(int folder, const char *path, int flags, unsigned int mask, void *status)",
) as unknown as (folder: number, path: string, flags: number, mask: number, status: Buffer) => number;
export const clockGettime = bind("int clock_gettime(int clock, void *time)");
const sendtoCall = bind(
  "long sendto(int fd, const void *bytes, size_t count, int flags, const void *address, unsigned int length)",
) as unknown as LongCall;
const syscall1 = bind("long syscall(long number, unsigned long a)") as unknown as LongCall;
const syscall4 = bind(
  "long syscall(long number, unsigned long a, void *b, unsigned long c, unsigned long d)",
) as unknown as LongCall;

/** memfd_secret(2): the same number on every architecture that Node supports. */
export const memfdSecret = (flags: number): number => Number(syscall1(447, flags));

/** pidfd_open(2). */
export const pidfdOpen = (pid: number): number => Number(syscall4(434, pid, null, 0, 0));
/** statx(2). `path` must not hold a NUL: what follows one would not be seen. */
export const statx = (folder: number, path: string, flags: number, mask: number, status: Buffer): number =>
  statxCall(folder, path, flags, mask, status);

/** open(2), past Node's permission model: it knows no way to allow one device for writing. */
export const open = (path: string, flags: number): number => openFile(path, flags);

/** read(2): how many bytes of `into` were filled, -1 for an error. */
export const read = (fd: number, into: Buffer): number => Number(readCall(fd, into, into.length));

/** readlink(2): how many bytes of `into` were filled, -1 for an error. */
export const readlink = (path: string, into: Buffer): number => Number(readlinkCall(path, into, into.length));

/** errno of the call that has just failed. */
export const errno = (): number => koffi.errno();
export const errorNumbers = koffi.os.errno as Readonly<Record<string, number>>;

/** A buffer over memory that this process mapped itself and never unmaps. */
export const viewOf = (address: bigint, length: number): Buffer => Buffer.from(koffi.view(address, length));

/** The error of the call that has just failed, named after it. */
export function lastError(call: string): Error {
  const number = errno();
  const name = Object.keys(errorNumbers).find((key) => errorNumbers[key] === number);
  return Object.assign(new Error(`${call}: ${name ?? String(number)}`), { code: name });
}
