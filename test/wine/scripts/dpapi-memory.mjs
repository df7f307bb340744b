// Looks at what Windows had allocated for a key when it is given back: LocalFree is replaced by one that looks first.
import { randomBytes } from "node:crypto";
import koffi from "koffi";
import { api } from "@sotto/client/win32";
import { takeOver } from "../../../packages/agent/dist/platform/windows-dpapi.js";

const kernel32 = koffi.load("kernel32.dll");
const localAlloc = kernel32.func("void * __stdcall LocalAlloc(uint32 flags, size_t bytes)");
const key = randomBytes(32);
const address = localAlloc(0, key.length);
const memory = Buffer.from(koffi.view(address, key.length));
key.copy(memory);
const out = Buffer.alloc(16);
out.writeUInt32LE(key.length);
out.writeBigUInt64LE(address, 8);
let seen;
let wiped;
takeOver(
  out,
  (bytes) => (seen = Buffer.from(bytes)),
  (given) => {
    wiped = memory.every((byte) => byte === 0);
    api.localFree(given);
  },
);
console.log(seen.equals(key) && wiped ? "wiped" : "left");
