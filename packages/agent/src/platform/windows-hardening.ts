import { api, withDescriptor } from "@sotto/client/win32";

const DACL = 4;
const PROTECTED_DACL = 0x8000_0000;
/**
 * The system everything. The owner may end it, wait for its end and ask what it is, and no more: without the entry for
 * OWNER RIGHTS an owner can always change the list. Everybody else may ask what it is (PROCESS_QUERY_LIMITED_INFORMATION).
 */
const PROCESS = "D:P(A;;GA;;;SY)(A;;0x101001;;;OW)(A;;0x1000;;;WD)";
/** SEM_FAILCRITICALERRORS, SEM_NOGPFAULTERRORBOX, SEM_NOOPENFILEERRORBOX: nothing is reported, and no window waits. */
const NO_REPORTS = 0x1 | 0x2 | 0x8000;
/** WER_FAULT_REPORTING_FLAG_NOHEAP */
const NO_HEAP = 1;
const MIB = 1024 * 1024;
/** So much of our memory may be locked; by default it is some 200 KiB. */
const LEAST_WORKING_SET = 64 * MIB;
const MOST_WORKING_SET = 2048 * MIB;

/**
 * No reading of our memory and no thread of another process in ours, not even by programs of the same user (the
 * debugger that Node offers comes in that way too); no report of a crash with memory in it; room for locked pages.
 * Administrators can take the right to debug: against them it is a hurdle only.
 */
export function harden(): void {
  const self = api.getCurrentProcess();
  const closed = withDescriptor(PROCESS, (sd) =>
    api.setKernelObjectSecurity(self, DACL | PROTECTED_DACL, sd),
  );
  if (closed === 0) throw api.lastError("SetKernelObjectSecurity");
  api.setErrorMode(NO_REPORTS);
  api.werSetFlags?.(NO_HEAP);
  if (api.setProcessWorkingSetSize(self, LEAST_WORKING_SET, MOST_WORKING_SET) === 0)
    throw api.lastError("SetProcessWorkingSetSize");
}
