// Serves the agent's pipe as somebody else would: under Wine an owner can be made up, on Windows it cannot. One instance,
// which answers nothing, and says so when bytes have come.
import koffi from "koffi";
import { agentLocations } from "@sotto/client";
import { api, attributesOf, withDescriptor } from "@sotto/client/win32";

const [, , home, owner] = process.argv;
const { socket } = agentLocations({ home });
const peek = koffi
  .load("kernel32.dll")
  .func(
    "int __stdcall PeekNamedPipe(intptr_t h, void *room, uint32 length, void *read, _Out_ uint32 *there, void *left)",
  );
const pipe = withDescriptor(`O:${owner}D:P(A;;FA;;;WD)`, (sd) =>
  api.createNamedPipe(socket, 3, 8, 255, 65536, 65536, 0, attributesOf(sd)),
);
console.log(pipe === -1 ? `failed ${api.getLastError()}` : "squatting");
const there = [0];
let told = false;
setInterval(() => {
  if (told || peek(pipe, null, 0, null, there, null) === 0 || there[0] === 0) return;
  told = true;
  console.log(`received ${there[0]}`);
}, 20);
