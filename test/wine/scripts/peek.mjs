// Asks for the rights to read another process's memory, to write it and to start threads in it, and for what is left.
import { api } from "@sotto/client/win32";

const pid = Number(process.argv[3]);
const asked = { read: 0x10, write: 0x20, thread: 0x2, debug: 0x1f0fff, changeAccess: 0x40000, look: 0x1000 };
const opened = Object.entries(asked).filter(([, access]) => {
  const process = api.openProcess(access, 0, pid);
  if (process !== 0) api.closeHandle(process);
  return process !== 0;
});
console.log(JSON.stringify({ opened: opened.map(([name]) => name) }));
