// Starts a program with a secret in its environment as `agent exec` does, and looks for copies in its own memory.
import { randomBytes } from "node:crypto";
import koffi from "koffi";
import { endOf, startProgram } from "@sotto/client/win32";
import { environmentBlock } from "../../../packages/cli/dist/exec/environment-block.js";

const kernel32 = koffi.load("kernel32.dll");
const query = kernel32.func("size_t __stdcall VirtualQuery(intptr_t at, void *about, size_t length)");
const readMemory = kernel32.func(
  "int __stdcall ReadProcessMemory(intptr_t process, intptr_t at, void *room, size_t length, void *read)",
);
/** What is looked for is nowhere else in this process: here every byte is one less. In memory outside of V8's heap. */
const masked = Buffer.from(randomBytes(24).map((byte) => 97 + (byte % 25)));
/** Characters that the environment holds beside: Windows copies it, and where its heap puts that depends on the size. */
const BESIDE = [0, 2_000, 8_000, 30_000];

const ends = [];
for (const more of BESIDE) {
  const child = start(more);
  const before = copies();
  ends.push([await endOf(child), before]);
}
const wiped = ends.every(([status, before]) => status === 7 && before === 0);
console.log(wiped ? "wiped" : `status and copies: ${JSON.stringify(ends)}`);

function start(more) {
  const secret = Buffer.from(new ArrayBuffer(masked.length));
  masked.forEach((byte, i) => (secret[i] = byte + 1));
  const variables = [{ variable: "SECRET", name: "a/b", bytes: secret }];
  const block = environmentBlock({ ...process.env, BESIDE: "x".repeat(more) }, variables);
  const line = Buffer.from("cmd.exe /c exit 7\0", "utf16le");
  const child = startProgram(String.raw`C:\windows\system32\cmd.exe`, line, block);
  block.fill(0);
  secret.fill(0);
  return child;
}

/** Copies as UTF-8 and as UTF-16 in all memory of this process that can be written. */
function copies() {
  const about = Buffer.alloc(48);
  const room = Buffer.alloc(1 << 20);
  let found = 0;
  for (let at = 0x10000; query(at, about, about.length) !== 0;) {
    const [base, size] = [Number(about.readBigUInt64LE(0)), Number(about.readBigUInt64LE(24))];
    const readable = about.readUInt32LE(32) === 0x1000 && [0x04, 0x40].includes(about.readUInt32LE(36));
    for (let from = base; readable && from < base + size; from += room.length - 256) {
      const length = Math.min(room.length, base + size - from);
      if (readMemory(-1, from, room, length, null) === 0) break;
      found += count(room.subarray(0, length), 1) + count(room.subarray(0, length), 2);
    }
    at = base + size;
  }
  return found;
}

function count(bytes, step) {
  let found = 0;
  const first = masked[0] + 1;
  for (let at = bytes.indexOf(first); at >= 0; at = bytes.indexOf(first, at + 1))
    if (masked.every((byte, i) => bytes[at + i * step] === byte + 1)) found++;
  return found;
}
