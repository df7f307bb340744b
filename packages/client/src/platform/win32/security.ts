import type { Handle, Pointer } from "./api.ts";
import * as api from "./api.ts";
import type { Descriptor } from "./descriptor.ts";
import { parseDescriptor } from "./descriptor.ts";

const OWNER_AND_DACL = 1 | 4;
const SE_FILE_OBJECT = 1;
const SE_KERNEL_OBJECT = 6;
const READ_CONTROL = 0x20000;
const SHARE_ALL = 7;
const OPEN_EXISTING = 3;
/** Folders too, and a link itself, not what it leads to. */
const BACKUP_SEMANTICS_OPEN_REPARSE_POINT = 0x2000000 | 0x200000;
const SDDL_REVISION = 1;
const ATTRIBUTES_BYTES = 24;

/** Runs `work` with a security descriptor made of its text form (SDDL). */
export function withDescriptor<T>(sddl: string, work: (descriptor: Pointer) => T): T {
  const made: api.Out<Pointer> = [null];
  if (api.descriptorFromText(sddl, SDDL_REVISION, made, [0]) === 0)
    throw api.lastError("ConvertStringSecurityDescriptorToSecurityDescriptor");
  try {
    return work(made[0]);
  } finally {
    api.localFree(made[0]);
  }
}

/** For what is made with this descriptor and inherited by no child process. */
export const attributesOf = (descriptor: Pointer) =>
  ({ nLength: ATTRIBUTES_BYTES, lpSecurityDescriptor: descriptor, bInheritHandle: 0 }) as const;

/** The descriptor that a text form stands for. */
export const meaningOf = (sddl: string): Descriptor => withDescriptor(sddl, read);

/** Owner and access list of an open pipe or another object of the kernel. */
export const descriptorOf = (handle: Handle): Descriptor => descriptorBy(handle, SE_KERNEL_OBJECT);

/** Of a file that is open in Node. */
export const descriptorOfFile = (fd: number): Descriptor =>
  descriptorBy(api.uvGetOsfhandle(fd), SE_FILE_OBJECT);

/** Of the file or folder at a path itself, a link not followed. Throws where there is none or it may not be looked at. */
export function descriptorAt(path: string): Descriptor {
  const flags = BACKUP_SEMANTICS_OPEN_REPARSE_POINT;
  const handle = api.createFile(path, READ_CONTROL, SHARE_ALL, null, OPEN_EXISTING, flags, 0);
  if (handle === -1) throw api.lastError("CreateFile");
  try {
    return descriptorBy(handle, SE_FILE_OBJECT);
  } finally {
    api.closeHandle(handle);
  }
}

function descriptorBy(handle: Handle, kind: number): Descriptor {
  const found: api.Out<Pointer> = [null];
  const error = api.getSecurityInfo(handle, kind, OWNER_AND_DACL, null, null, null, null, found);
  if (error !== 0) throw api.lastError("GetSecurityInfo", error);
  try {
    return read(found[0]);
  } finally {
    api.localFree(found[0]);
  }
}

const read = (descriptor: Pointer): Descriptor =>
  parseDescriptor(api.bytesAt(descriptor, api.getSecurityDescriptorLength(descriptor)));
