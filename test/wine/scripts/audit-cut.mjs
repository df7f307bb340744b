// A write to the audit that fails after it has left a part of a line: the part is cut off, and the next line follows.
import { appendFileSync, readFileSync } from "node:fs";
import koffi from "koffi";
import { api } from "@sotto/client/win32";
import { openToCut } from "../../../packages/agent/dist/platform/windows-files.js";
import { AuditFile } from "../../../packages/agent/dist/audit/audit-file.js";

const path = `${process.argv[2]}.jsonl`;
const file = AuditFile.open(path, true);
const first = file.append(Buffer.from("one\n"));
appendFileSync(path, "half of a li"); // what the failed write has left
const failed = file.append({ length: 5 }); // Node refuses to write this
const left = readFileSync(path, "utf8");
const trouble = file.trouble();
const next = file.append(Buffer.from("two\n"));
/** FILE_WRITE_DATA, which NTFS asks for and Wine does not: of the first 4 bytes after the attributes, the rights that were granted. */
const query = koffi
  .load("ntdll.dll")
  .func("int __stdcall NtQueryObject(intptr_t h, int class, void *about, uint32 length, void *needed)");
function mayCut(fd) {
  const about = Buffer.alloc(56);
  if (query(api.uvGetOsfhandle(fd), 0, about, about.length, null) !== 0) throw new Error("NtQueryObject");
  return (about.readUInt32LE(4) & 2) !== 0;
}
const rights = [file.fd, openToCut(file.fd)].map(mayCut);
console.log(JSON.stringify({ first, failed, left, trouble, next, rights, all: readFileSync(path, "utf8") }));
