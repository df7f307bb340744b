// Connects again and again, a few at a time, and prints how many handles the agent has before and after.
import koffi from "koffi";
import { agentLocations, connect } from "@sotto/client";
import { api, holdProcess } from "@sotto/client/win32";

const [, , home, count] = process.argv;
const { socket } = agentLocations({ home });
const getProcessHandleCount = koffi
  .load("kernel32.dll")
  .func("int __stdcall GetProcessHandleCount(intptr_t h, _Out_ uint32 *count)");

async function ask() {
  const client = await connect({ socket, timeoutMs: 30_000 });
  const { fields } = await client.request("status", {}, { timeoutMs: 30_000 });
  client.close();
  return fields.pid;
}

const agent = holdProcess(await ask());
function handles() {
  const out = [0];
  if (getProcessHandleCount(agent, out) === 0) throw api.lastError("GetProcessHandleCount");
  return out[0];
}
/** Waits until what was closed is closed. */
async function settled() {
  for (let last = -1; handles() !== last;) {
    last = handles();
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  return handles();
}

const AT_A_TIME = 8;
for (let i = 0; i < 3; i++) await Promise.all(Array.from({ length: AT_A_TIME }, ask));
const before = await settled();
let done = 0;
await Promise.all(
  Array.from({ length: AT_A_TIME }, async () => {
    while (done < Number(count)) {
      done++;
      await ask();
    }
  }),
);
console.log(JSON.stringify({ done, before, after: await settled() }));
