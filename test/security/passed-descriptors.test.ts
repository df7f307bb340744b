/** Descriptors that a peer sends along with its bytes (SCM_RIGHTS) are dropped: they neither pile up nor are looked at. */
import koffi from "koffi";
import { closeSync, openSync } from "node:fs";
import { expect, it } from "vitest";
import { openDescriptors } from "../support/agent-process.ts";
import { liveAgent } from "../support/live-agent.ts";
import { frame } from "../support/raw-connection.ts";
import { needsRoot } from "../support/requirements.ts";

const PASSED = 100;
const ROUNDS = 20;
const SOL_SOCKET = 1;
const SCM_RIGHTS = 1;
const POINTER_BYTES = 8;
/** struct cmsghdr, then the descriptors (cmsg(3)); struct msghdr with its seven words (sendmsg(2)), on 64-bit Linux. */
const CMSG_BYTES = 16;
const MSGHDR_BYTES = 7 * POINTER_BYTES;

const sendmsg = koffi
  .load("libc.so.6")
  .func("long sendmsg(int fd, const void *message, int flags)") as unknown as (
  fd: number,
  message: Buffer,
  flags: number,
) => number | bigint;
const agent = liveAgent();

/** Sends bytes, and with them the same descriptor a hundred times. */
function sendWithDescriptors(socketFd: number, bytes: Buffer, passed: number): number {
  const control = Buffer.alloc(CMSG_BYTES + PASSED * 4);
  control.writeBigUInt64LE(BigInt(control.length), 0);
  control.writeInt32LE(SOL_SOCKET, 8);
  control.writeInt32LE(SCM_RIGHTS, 12);
  for (let i = 0; i < PASSED; i++) control.writeInt32LE(passed, CMSG_BYTES + i * 4);
  const vector = Buffer.alloc(2 * POINTER_BYTES);
  vector.writeBigUInt64LE(koffi.address(bytes), 0);
  vector.writeBigUInt64LE(BigInt(bytes.length), POINTER_BYTES);
  const message = Buffer.alloc(MSGHDR_BYTES);
  message.writeBigUInt64LE(koffi.address(vector), 2 * POINTER_BYTES);
  message.writeBigUInt64LE(1n, 3 * POINTER_BYTES);
  message.writeBigUInt64LE(koffi.address(control), 4 * POINTER_BYTES);
  message.writeBigUInt64LE(BigInt(control.length), 5 * POINTER_BYTES);
  return Number(sendmsg(socketFd, message, 0));
}

it("B26: a hundred descriptors with each request change nothing: it answers, and has as many open as before", async (context) => {
  needsRoot(context); // only root may count
  const file = openSync("/dev/null", "r");
  try {
    using connection = await agent().connect();
    const fd = (connection.socket as unknown as { _handle: { fd: number } })._handle.fd;
    await connection.request({ v: 1, id: 0, verb: "status" });
    expect(sendWithDescriptors(fd, Buffer.alloc(1), 999_999), "the kernel does look at what is passed").toBe(
      -1,
    );
    const before = openDescriptors(agent().pid);
    for (let id = 1; id <= ROUNDS; id++) {
      const request = frame({ v: 1, id, verb: "get", name: "probe/alive" });
      expect(sendWithDescriptors(fd, request, file)).toBe(request.length);
      const reply = await connection.reply();
      expect(reply?.header.get("ok")).toBe(true);
      expect(openDescriptors(agent().pid), "descriptors of the agent").toBe(before);
    }
  } finally {
    closeSync(file);
  }
  await agent().expectAlive();
});
