import { PLACE_WAIT_MS } from "@sotto/client/protocol";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { WaitingLine } from "./waiting-line.ts";

interface Guest {
  readonly uid: number;
  readonly name: string;
}

const ROOM = 4;
const guest = (name: string, uid = 1): Guest => ({ uid, name });
const anybody = (): boolean => true;

describe("WaitingLine", () => {
  let givenUp: string[] = [];
  const lineOf = (...guests: Guest[]): WaitingLine<Guest> => {
    const line = new WaitingLine<Guest>(ROOM, ({ name }) => givenUp.push(name));
    for (const one of guests) expect(line.join(one)).toBe(true);
    return line;
  };

  beforeEach(() => {
    givenUp = [];
    vi.useFakeTimers();
  });
  afterEach(() => void vi.useRealTimers());

  it("lets in who has waited longest, each once", () => {
    const line = lineOf(guest("a"), guest("b"), guest("c"));
    expect([1, 2, 3, 4].map(() => line.next(anybody)?.name)).toEqual(["a", "b", "c", undefined]);
  });

  it("passes over those whose user may not enter, and keeps their places", () => {
    const line = lineOf(guest("a", 1), guest("b", 2), guest("c", 1));
    expect(line.next((uid) => uid === 2)?.name).toBe("b");
    expect(line.next((uid) => uid === 2)).toBeUndefined();
    expect(line.next(anybody)?.name).toBe("a");
  });

  it("takes nobody more when it is full, until one has left", () => {
    const line = lineOf(guest("a"), guest("b"), guest("c"), guest("d"));
    expect(line.join(guest("e"))).toBe(false);
    line.next(anybody);
    expect(line.join(guest("f"))).toBe(true);
  });

  it("gives up each after its own time, once, and none that was let in", () => {
    const line = lineOf(guest("a"), guest("b"));
    vi.advanceTimersByTime(PLACE_WAIT_MS / 2);
    expect(line.join(guest("c"))).toBe(true);
    line.next(anybody);
    expect(givenUp).toEqual([]);
    vi.advanceTimersByTime(PLACE_WAIT_MS / 2);
    expect(givenUp).toEqual(["b"]);
    vi.advanceTimersByTime(PLACE_WAIT_MS / 2);
    expect(givenUp).toEqual(["b", "c"]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("counts the time anew for who comes when nobody waits any more", () => {
    const line = lineOf(guest("a"));
    line.next(anybody);
    vi.advanceTimersByTime(PLACE_WAIT_MS / 2);
    expect(line.join(guest("b"))).toBe(true);
    vi.advanceTimersByTime(PLACE_WAIT_MS - 1);
    expect(givenUp).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(givenUp).toEqual(["b"]);
  });
});
