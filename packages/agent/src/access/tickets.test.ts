import { describe, expect, it } from "vitest";
import { Tickets } from "./tickets.ts";

describe("Tickets", () => {
  const at = { time: 0 };
  const make = (validMs: number): Tickets => new Tickets(validMs, () => at.time);

  it("holds for the same uid in the same session until it expires", () => {
    const tickets = make(1000);
    tickets.grant(5, "12:34");
    expect(tickets.holds(5, "12:34")).toBe(true);
    expect(tickets.holds(6, "12:34")).toBe(false);
    expect(tickets.holds(5, "12:35")).toBe(false);
    at.time = 1000;
    expect(tickets.holds(5, "12:34")).toBe(false);
  });

  it("takes nothing from those that hold already", () => {
    const tickets = make(1000);
    tickets.grant(5, "12:34");
    tickets.grant(6, "12:34");
    expect([tickets.holds(5, "12:34"), tickets.holds(6, "12:34")]).toEqual([true, true]);
  });

  it("gives none without a session, nor when they are switched off", () => {
    const tickets = make(1000);
    tickets.grant(5, undefined);
    expect(tickets.holds(5, undefined)).toBe(false);
    const off = make(0);
    off.grant(5, "12:34");
    expect(off.holds(5, "12:34")).toBe(false);
  });

  it("drops all at once", () => {
    const tickets = make(1000);
    tickets.grant(5, "12:34");
    tickets.clear();
    expect(tickets.holds(5, "12:34")).toBe(false);
  });
});
