import { describe, expect, it } from "vitest";
import { Throttle } from "./throttle.ts";

/** A throttle on a clock that only moves while somebody sleeps. */
function throttled() {
  const clock = { time: 0, wakes: [] as (() => void)[] };
  const sleep = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      clock.wakes.push(() => {
        clock.time += ms;
        resolve();
      });
    });
  const throttle = new Throttle(() => clock.time, sleep);
  const wakeAll = (): void => clock.wakes.splice(0).forEach((wake) => wake());
  const delayOf = async (uid: number): Promise<number> => {
    const start = clock.time;
    const admitted = throttle.admit(uid);
    wakeAll();
    await admitted;
    return clock.time - start;
  };
  return { throttle, delayOf, wakeAll };
}

describe("Throttle", () => {
  it("B66: holds the next attempt back longer after each failure, up to a cap, for that uid alone", async () => {
    const { throttle, delayOf } = throttled();
    const delays: number[] = [];
    for (let i = 0; i < 120; i++) {
      throttle.failed(7);
      delays.push(await delayOf(7));
    }
    expect(delays[0]).toBe(100);
    expect(delays[4]).toBe(500);
    expect(delays.at(-1)).toBe(10_000);
    expect(await delayOf(8)).toBe(0);
  });

  it("refuses a second attempt while one is held back, and says for how long", async () => {
    const { throttle, wakeAll } = throttled();
    throttle.failed(7);
    const first = throttle.admit(7);
    await expect(throttle.admit(7)).rejects.toMatchObject({
      code: "throttled",
      details: { retryAfterMs: 100 },
    });
    wakeAll();
    await first;
  });

  it("tells the whole of a longer wait, and admits the next one once the first has been let go", async () => {
    const { throttle, delayOf, wakeAll } = throttled();
    throttle.failed(7);
    throttle.failed(7);
    const first = throttle.admit(7);
    await expect(throttle.admit(7)).rejects.toMatchObject({ details: { retryAfterMs: 200 } });
    wakeAll();
    await first;
    expect(await delayOf(7), "it ended neither right nor wrong, and its time is over").toBe(0);
  });

  it("forgets the failures after a success", async () => {
    const { throttle, delayOf } = throttled();
    throttle.failed(7);
    throttle.succeeded(7);
    expect(await delayOf(7)).toBe(0);
  });
});
