/**
 * The agent's entry. Until the process is hardened nothing is loaded but Node itself: a signal in the first
 * milliseconds must not open a debugger, and nothing in the environment may slip code in.
 */
import { refuseDebugging } from "./hardening.ts";

process.on("SIGUSR1", () => undefined); // Node's default opens its debugger
refuseDebugging(process.argv.includes("--unhardened"));
const { run } = await import("./run.ts");
await run(process.argv.slice(2));
