import { describe, expect, it } from "vitest";
import { normaliseRecoveryCode, RECOVERY_CODE_BYTES, writeRecoveryCode } from "./recovery-code.ts";

const normalised = (typed: string): string => {
  const target = Buffer.alloc(1024);
  return target.toString("latin1", 0, normaliseRecoveryCode(Buffer.from(typed, "latin1"), target));
};

describe("a recovery code", () => {
  it("has seven groups of four symbols, never the same twice, each symbol about as often", () => {
    const seen = new Map<string, number>();
    const codes = Array.from({ length: 500 }, () => {
      const code = Buffer.alloc(RECOVERY_CODE_BYTES);
      writeRecoveryCode(code);
      for (const symbol of code.toString().replaceAll("-", "")) seen.set(symbol, (seen.get(symbol) ?? 0) + 1);
      return code.toString();
    });
    for (const code of codes) expect(code).toMatch(/^(?:[0-9A-HJKMNP-TV-Z]{4}-){6}[0-9A-HJKMNP-TV-Z]{4}$/);
    expect(new Set(codes).size).toBe(500);
    expect(seen.size).toBe(32);
    expect(Math.min(...seen.values())).toBeGreaterThan(300); // 437 on average
  });

  it("is read however it is typed", () => {
    expect(normalised("ab0o-iIlL 1")).toBe("AB001111" + "1");
    expect(normalised("- -")).toBe("");
    expect(normalised("u!\xe9")).toBe("U!\xe9");
    expect(normalised("z".repeat(1024))).toBe("Z".repeat(1024));
  });
});
