import { SottoError } from "@sotto/client";
import type { ErrorCode, LocalErrorCode } from "@sotto/client/protocol";
import { ERRORS, LOCAL_ERRORS, RULE_REASONS, VAULT_REASONS } from "@sotto/client/protocol";
import { describe as group, expect, test } from "vitest";
import { describe } from "./describe.ts";
import { Failure } from "./failure.ts";

/** The exit statuses of the contract, with what belongs to each. */
const CONTRACT: Readonly<Record<ErrorCode | LocalErrorCode, number>> = {
  internal: 1,
  "bad-reply": 1,
  aborted: 1,
  "bad-frame": 2,
  "too-large": 2,
  "bad-request": 2,
  "unsupported-version": 2,
  "bad-argument": 2,
  uninitialised: 3,
  locked: 3,
  denied: 4,
  "not-found": 4,
  unreachable: 5,
  timeout: 5,
  untrusted: 6,
  throttled: 7,
  "wrong-passphrase": 7,
  "auth-required": 7,
  "vault-damaged": 8,
  rollback: 8,
  "weak-kdf": 8,
  conflict: 9,
  "save-failed": 10,
  "audit-failed": 10,
  "rate-limited": 11,
  busy: 11,
};

test.each(Object.keys({ ...ERRORS, ...LOCAL_ERRORS }) as (ErrorCode | LocalErrorCode)[])(
  "%s has the exit status of the contract, and a text",
  (code) => {
    const report = describe(new SottoError(code));
    expect(report.exit).toBe(CONTRACT[code]);
    expect(report.text).toMatch(/^[a-z].*[^.]$/);
  },
);

group("what the agent knows better", () => {
  test.each(VAULT_REASONS)("a damaged vault says why: %s", (reason) => {
    const { text } = describe(new SottoError("vault-damaged", { details: { reason, needsVersion: 7 } }));
    expect(text).not.toBe(ERRORS["vault-damaged"].text);
    if (reason === "version") expect(text).toBe("the vault needs version 7 of Sotto");
  });

  test.each(RULE_REASONS)("a refused rule says why, and what to do next: %s", (reason) => {
    const { exit, text, hint } = describe(new SottoError("bad-request", { details: { reason } }));
    expect(exit).toBe(2);
    expect(text).not.toBe(ERRORS["bad-request"].text);
    expect(text).toMatch(/^[a-z-].*[^.]$/);
    expect(hint).not.toBe(ERRORS["bad-request"].hint);
  });

  test("a delay is told in seconds, rounded up", () => {
    const error = new SottoError("rate-limited", { details: { retryAfterMs: 1_200 } });
    expect(describe(error).hint).toBe("try again in 2 s");
  });

  test("the path that makes a socket untrustworthy is named, without what could forge a line", () => {
    const cause = new Error("/tmp/a\nb may be written by others");
    expect(describe(new SottoError("untrusted", { cause })).text).toContain(
      ": /tmp/a?b may be written by others",
    );
  });
});

group("other errors", () => {
  test("our own are told as they are", () => {
    expect(describe(new Failure(9, "text", "hint"))).toEqual({ exit: 9, text: "text", hint: "hint" });
  });

  test("failed system calls too", () => {
    const error = Object.assign(new Error("EACCES: permission denied, open '/x'"), { syscall: "open" });
    expect(describe(error)).toEqual({ exit: 1, text: "EACCES: permission denied, open '/x'" });
  });

  test.each([new TypeError("hunter2"), "hunter2", undefined])(
    "anything else only by its kind: %s",
    (error) => {
      const report = describe(error);
      expect(report.exit).toBe(1);
      expect(JSON.stringify(report)).not.toContain("hunter2");
    },
  );
});
