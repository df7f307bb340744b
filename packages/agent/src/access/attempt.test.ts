import { expect, it } from "vitest";
import { AgentError } from "../errors.ts";
import { attempt } from "./attempt.ts";
import type { Session } from "./session.ts";
import { Throttle } from "./throttle.ts";

const session = { peer: { uid: 7 } } as unknown as Session;

/** How long the next attempt of a uid is held back after one that ended like this. */
async function delayAfter(...ends: (AgentError | Error | "right")[]): Promise<number> {
  const waits: number[] = [];
  const throttle = new Throttle(
    () => 0,
    (ms) => Promise.resolve(waits.push(ms)),
  );
  for (const end of ends) {
    const run = (): Promise<string> => (end === "right" ? Promise.resolve("slot") : Promise.reject(end));
    const result = attempt({ throttle }, session, run);
    if (end === "right") expect(await result).toBe("slot");
    else await expect(result).rejects.toBe(end);
  }
  const before = waits.length;
  await throttle.admit(7);
  return waits[before] ?? 0;
}

it("B66: only a wrong passphrase delays the next attempt, and a right one ends it", async () => {
  const wrong = new AgentError("wrong-passphrase");
  expect(await delayAfter(wrong)).toBe(100);
  expect(await delayAfter(wrong, wrong)).toBe(200);
  expect(await delayAfter(wrong, "right")).toBe(0);
  expect(await delayAfter(new AgentError("vault-damaged"))).toBe(0);
  expect(await delayAfter(Object.assign(new Error("other"), { code: "wrong-passphrase" }))).toBe(0);
});

it("B66: an attempt is held back before it runs, not after", async () => {
  const order: string[] = [];
  const throttle = new Throttle(
    () => 0,
    () => Promise.resolve(order.push("held back")),
  );
  throttle.failed(7);
  await attempt({ throttle }, session, () => Promise.resolve(order.push("run")));
  expect(order).toEqual(["held back", "run"]);
});
