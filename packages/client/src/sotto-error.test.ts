import { describe, expect, it } from "vitest";
import { fromErrno } from "./errno.ts";
import { ERRORS, LOCAL_ERRORS, LOCAL_REASONS } from "./protocol/errors.ts";
import type { ErrorCode, LocalErrorCode, LocalReason } from "./protocol/errors.ts";
import { SottoError } from "./sotto-error.ts";

const codes = Object.keys({ ...ERRORS, ...LOCAL_ERRORS }) as (ErrorCode | LocalErrorCode)[];

describe("SottoError", () => {
  it.each(codes)("%s has a text, an exit status of the contract and a hint or none", (code) => {
    const error = new SottoError(code);
    expect(error).toBeInstanceOf(Error);
    expect([error.name, error.code]).toEqual(["SottoError", code]);
    expect(error.message).toMatch(/^[a-z].*[^.]$/);
    expect([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]).toContain(error.exit);
    expect(error.details).toEqual({});
    expect("cause" in error).toBe(false);
  });

  it("each exit status means what the contract of the command line says", () => {
    const byExit = (exit: number): string[] =>
      codes.filter((code) => new SottoError(code).exit === exit).sort();
    expect(byExit(3)).toEqual(["locked", "uninitialised"]);
    expect(byExit(4)).toEqual(["denied", "not-found"]);
    expect(byExit(5)).toEqual(["timeout", "unreachable"]);
    expect(byExit(6)).toEqual(["untrusted"]);
    expect(byExit(7)).toEqual(["auth-required", "throttled", "wrong-passphrase"]);
    expect(byExit(8)).toEqual(["rollback", "vault-damaged", "weak-kdf"]);
    expect(byExit(9)).toEqual(["conflict"]);
    expect(byExit(10)).toEqual(["audit-failed", "save-failed"]);
    expect(byExit(11)).toEqual(["busy", "rate-limited"]);
  });

  it("B119: every reason why no agent can be reached has a text of its own", () => {
    const reasons = Object.keys(LOCAL_REASONS) as LocalReason[];
    const texts = reasons.map((reason) => SottoError.because(reason).message);
    texts.push(new SottoError("unreachable").message, new SottoError("timeout").message);
    expect(new Set(texts).size).toBe(texts.length);
    for (const reason of reasons) expect(SottoError.because(reason).code).toBe(LOCAL_REASONS[reason].code);
  });
});

describe("fromErrno", () => {
  const failed = (code: string): Error => Object.assign(new Error("connect"), { code });

  it.each([
    ["ENOENT", "absent"],
    ["ECONNREFUSED", "stale"],
    ["EACCES", "forbidden"],
    ["EPIPE", "closed"],
    ["ECONNRESET", "closed"],
    ["ENOTSOCK", "not-a-socket"],
    ["EMFILE", undefined],
    ["toString", undefined],
  ])("B119: %s is unreachable, because of %s; the cause is kept for a log", (code, reason) => {
    const cause = failed(code);
    const error = fromErrno(cause);
    expect([error.code, error.reason, error.cause]).toEqual(["unreachable", reason, cause]);
  });

  it("takes anything", () => {
    expect(fromErrno(undefined).code).toBe("unreachable");
    expect(fromErrno("EPIPE").reason).toBeUndefined();
  });
});
