import { describe, expect, it, vi } from "vitest";
import { StateMachine } from "./state.ts";
import type { Vault } from "./vault/vault.ts";

function machine(lockAfterMs?: number) {
  const clock = { time: 1000 };
  const destroy = vi.fn();
  const vault = { destroy } as unknown as Vault;
  const files = { vault: true };
  const state = new StateMachine({ now: () => clock.time, vaultExists: () => files.vault, lockAfterMs });
  return { state, clock, vault, destroy, files };
}

describe("StateMachine", () => {
  it("is uninitialised, locked or unlocked, and asks the disk which", () => {
    const { state, vault, files } = machine();
    expect(state.current).toBe("locked");
    files.vault = false;
    expect(state.current).toBe("uninitialised");
    files.vault = true;
    state.open(vault, 0);
    expect(state.current).toBe("unlocked");
    expect(state.unlocked).toMatchObject({ vault, byUid: 0 });
    expect(state.vault).toBe(vault);
    expect(state.durable).toBe(true);
    state.lock();
    expect(state.current).toBe("locked");
    expect(() => state.vault).toThrow("locked");
  });

  it("destroys the keys before anyone else hears of the lock, and is idempotent", () => {
    const { state, vault, destroy } = machine();
    const order: string[] = [];
    destroy.mockImplementation(() => order.push("keys"));
    state.onLock(() => order.push("others"));
    state.open(vault, 0);
    state.lock();
    state.lock();
    expect(order).toEqual(["keys", "others", "others"]);
    expect(destroy).toHaveBeenCalledTimes(1);
    expect(state.lockCount).toBe(2);
  });

  it("lets who records a lock use the keys once more, and locks even if that throws", () => {
    const { state, vault, destroy } = machine();
    const seen: unknown[] = [];
    const others = vi.fn();
    state.onLock(others);
    state.beforeLock(() => {
      seen.push(state.held, destroy.mock.calls.length);
    });
    state.lock();
    expect(seen).toEqual([]);
    state.open(vault, 0);
    state.lock();
    expect(seen).toEqual([vault, 0]);
    expect(state.held).toBeUndefined();
    state.open(vault, 0);
    state.beforeLock(() => {
      throw new Error("mine");
    });
    expect(() => state.lock()).toThrow("mine");
    expect(destroy).toHaveBeenCalledTimes(2);
    expect(others).toHaveBeenCalledTimes(3);
    expect(state.current).toBe("locked");
  });

  it("tells why it locked by itself", () => {
    const { state, clock, vault } = machine(1000);
    const causes: unknown[] = [];
    state.onLock((cause) => causes.push(cause));
    state.open(vault, 0, 500);
    clock.time += 500;
    state.checkDeadlines();
    state.open(vault, 0);
    clock.time += 1000;
    state.checkDeadlines();
    state.lock();
    expect(causes).toEqual(["its time was over", "it was not used", undefined]);
  });

  it("B77: locks at the first question after a time to live, used or not", () => {
    const { state, clock, vault, destroy } = machine();
    state.open(vault, 0, 5000);
    clock.time = 5999;
    state.used();
    expect(state.unlocked).toBeDefined();
    clock.time = 6000;
    expect(() => state.vault).toThrow("locked");
    expect(state.current).toBe("locked");
    expect(destroy).toHaveBeenCalledTimes(1);
    expect(state.lockCount, "asking a locked agent locks it no second time").toBe(1);
  });

  it("locks after the idle time, which each use starts anew", () => {
    const { state, clock, vault } = machine(1000);
    state.open(vault, 0);
    clock.time = 1900;
    state.used();
    clock.time = 2899;
    expect(state.current).toBe("unlocked");
    clock.time = 2900;
    expect(state.current).toBe("locked");
  });

  it("tells when it will lock by itself", () => {
    const { state, vault } = machine();
    state.open(vault, 0);
    expect(state.locksAt).toBeUndefined();
    state.extend(60_000);
    expect(Math.abs((state.locksAt ?? 0) - Date.now() - 60_000)).toBeLessThan(1000);
  });

  it("wakes each waiter once, at the unlock", () => {
    const { state, vault } = machine();
    const wake = vi.fn();
    const cancelled = vi.fn();
    state.whenUnlocked(wake);
    state.whenUnlocked(cancelled)();
    state.open(vault, 0);
    state.open(vault, 0);
    expect(wake).toHaveBeenCalledTimes(1);
    expect(cancelled).not.toHaveBeenCalled();
  });
});
