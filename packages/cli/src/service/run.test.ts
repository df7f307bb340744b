import { afterEach, expect, test, vi } from "vitest";
import type { Call } from "../call.ts";
import type { ManagedService } from "../platform/index.ts";
import { runAsService } from "./run.ts";

const CALL: Call = { command: "service run", job: false, operands: [], options: { socket: "/nowhere/s" } };

/** Runs this as the agent, and returns what the service manager was told. */
async function told(
  agent: string,
  stopAsked: Promise<void> = new Promise(() => undefined),
): Promise<string[]> {
  const calls: string[] = [];
  const service: ManagedService = {
    stopAsked,
    running: () => calls.push("running"),
    stopping: () => calls.push("stopping"),
    stopped: (exit) => calls.push(`stopped ${exit}`),
  };
  vi.spyOn(process, "exit").mockImplementation((code) => {
    calls.push(`died ${code ?? ""}`);
    throw new Error("exit");
  });
  await runAsService(service, { args: ["-e", agent], variables: {} }, CALL).catch(() => undefined);
  return calls;
}

afterEach(() => void vi.restoreAllMocks());

const READY = `process.stdout.write("ready\\n");`;

test("an agent that dies takes the service with it, which says nothing of a stop", async () => {
  expect(await told(`${READY} setTimeout(() => process.exit(3), 300)`)).toEqual(["running", "died 1"]);
  expect(await told(`${READY} setTimeout(() => process.kill(process.pid, "SIGKILL"), 300)`)).toEqual([
    "running",
    "died 1",
  ]);
});

test("an agent that somebody stopped is a service that has stopped", async () => {
  expect(await told(`${READY} setTimeout(() => process.exit(0), 300)`)).toEqual(["running", "stopped 0"]);
});

test("one that does not start gives its exit status to the manager", async () => {
  expect(await told("process.exit(2)")).toEqual(["stopped 2"]);
});

test("when the manager asks, one that does not listen is ended all the same", async () => {
  const asked = new Promise<void>((resolve) => setTimeout(resolve, 500));
  const calls = await told(`${READY} setInterval(() => undefined, 1000)`, asked);
  expect(calls).toEqual(["running", "stopping", "stopped 0"]);
});
