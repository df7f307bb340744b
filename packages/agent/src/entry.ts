import { refuseDebugging } from "./hardening.ts";

/**
 * Runs the agent with these options. Until the process is hardened nothing is loaded but Node itself: a signal in the first
 * milliseconds must not open a debugger, and nothing in the environment may slip code in.
 */
export async function enter(options: string[]): Promise<void> {
  process.on("SIGUSR1", () => undefined); // Node's default opens its debugger
  refuseDebugging(options.includes("--unhardened"));
  const { run } = await import("./run.ts");
  await run(options);
}
