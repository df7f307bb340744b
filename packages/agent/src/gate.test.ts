import type { Request, State, Verb } from "@sotto/client/protocol";
import { describe, expect, it } from "vitest";
import type { Session } from "./access/session.ts";
import { admit } from "./gate.ts";

const nobody = { administrator: false, proved: false } as unknown as Session;
const administrator = { administrator: true, proved: false } as unknown as Session;
const proved = { administrator: true, proved: true } as unknown as Session;

/** The code that a request is refused with; "admitted" otherwise. */
function outcome(verb: Verb, session: Session, state: State, fields: object = {}): string {
  try {
    admit({ id: 1, verb, fields } as Request, session, state);
    return "admitted";
  } catch (error) {
    return (error as { code: string }).code;
  }
}

describe("admit", () => {
  it.each(["status", "wait"] as const)("lets everyone ask %s in every state", (verb) => {
    for (const state of ["uninitialised", "locked", "unlocked"] as const)
      expect(outcome(verb, nobody, state)).toBe("admitted");
  });

  it.each(["init", "unlock", "auth", "lock", "stop", "slot-test"] as const)(
    "B32: denies %s to who is no administrator",
    (verb) => {
      for (const state of ["uninitialised", "locked", "unlocked"] as const)
        expect(outcome(verb, nobody, state)).toBe("denied");
    },
  );

  it.each(["lock", "stop"] as const)("lets any administrator %s without a proof, in every state", (verb) => {
    for (const state of ["uninitialised", "locked", "unlocked"] as const)
      expect(outcome(verb, administrator, state)).toBe("admitted");
  });

  it.each([
    "show",
    "rename",
    "remove",
    "restore",
    "prune",
    "grant",
    "rules",
    "revoke",
    "passwd",
    "slots",
    "slot-add",
    "slot-remove",
    "token-new",
    "tokens",
    "token-revoke",
    "explain",
    "audit-check",
  ] as const)("wants a proof for %s", (verb) => {
    expect(outcome(verb, nobody, "unlocked")).toBe("denied");
    expect(outcome(verb, administrator, "unlocked")).toBe("auth-required");
    expect(outcome(verb, proved, "unlocked")).toBe("admitted");
    expect(outcome(verb, proved, "locked")).toBe("locked");
  });

  it.each(["get", "set", "list"] as const)("leaves %s to the rules, once unlocked", (verb) => {
    expect(outcome(verb, nobody, "unlocked")).toBe("admitted");
    expect(outcome(verb, nobody, "locked")).toBe("locked");
    expect(outcome(verb, nobody, "uninitialised")).toBe("uninitialised");
  });

  it("B37: wants a proof where an administrator goes without a rule", () => {
    expect(outcome("get", administrator, "unlocked", { admin: true })).toBe("auth-required");
    expect(outcome("get", nobody, "unlocked", { admin: true })).toBe("denied");
    expect(outcome("list", administrator, "unlocked", { all: true })).toBe("auth-required");
    expect(outcome("list", nobody, "unlocked", { all: true })).toBe("denied");
  });

  it("lets an administrator unlock what there is, also what is open already", () => {
    expect(outcome("unlock", administrator, "uninitialised")).toBe("uninitialised");
    expect(outcome("unlock", administrator, "locked")).toBe("admitted");
    expect(outcome("unlock", administrator, "unlocked")).toBe("admitted");
  });

  it("never lets init touch a vault that is there", () => {
    expect(outcome("init", administrator, "uninitialised")).toBe("admitted");
    expect(outcome("init", administrator, "locked")).toBe("conflict");
    expect(outcome("init", administrator, "unlocked")).toBe("conflict");
  });
});
