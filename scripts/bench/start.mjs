/** From the start of the agent's process to its readiness, beside a node that does nothing. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { inTurns, median } from "./measure.mjs";
import { row } from "./report.mjs";

const ROUNDS = 15;

/** @returns {Promise<object[]>} one row */
export async function benchStart(folder) {
  const home = `${folder}/start`;
  mkdirSync(home, { mode: 0o700 });
  const launcher = await import(
    new URL("../../packages/cli/dist/launcher/arguments.js", import.meta.url).href
  );
  const agent = launcher.agentArguments({ home, socket: `${home}/agent.sock` }, { foreground: true });
  const subjects = [
    { name: "agent", args: agent, over: (child) => once(child.stdout, "data") },
    { name: "node -e 0", args: ["-e", "0"], over: (child) => once(child, "exit") },
  ];
  const times = await inTurns(subjects, ROUNDS, timeOf);
  const ratio = median(times.agent.map((value, i) => value / times["node -e 0"][i]));
  return [
    row("start", "process to ready", {
      value: median(times.agent),
      unit: "ms",
      ratio,
      of: "node -e 0",
      target: 3,
    }),
  ];
}

async function timeOf({ args, over }) {
  const start = performance.now();
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "ignore"], env: {} });
  await over(child);
  const took = performance.now() - start;
  if (child.exitCode === null && child.kill()) await once(child, "exit");
  return took;
}
