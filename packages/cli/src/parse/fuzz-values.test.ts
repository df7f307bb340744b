/** Whatever stands in an option, it is taken or refused as a usage error that does not quote it. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { EXIT, Failure } from "../failure/failure.ts";
import { attribute, duration, durationOrNone, integer, type Parser } from "./option-values.ts";
import { label, path, rate, sha256, unit, window } from "./rule-values.ts";
import { time } from "./time.ts";

const PARSERS: Readonly<Record<string, readonly [Parser, valid: string]>> = {
  duration: [duration, "10m"],
  durationOrNone: [durationOrNone, "0"],
  integer: [integer(1, 65_535), "443"],
  attribute: [attribute, "username=app"],
  label: [label, "nightly-backup"],
  path: [path, "/usr/bin/psql"],
  rate: [rate, "5/1h"],
  sha256: [sha256, "0123456789abcdef".repeat(4)],
  unit: [unit, "backup.service"],
  window: [window, "Mon-Fri 02:00-02:15 Europe/Berlin"],
  time: [time, "2027-01-01T00:00:00+01:00"],
};

/** Characters that no text of ours has, so that a quotation would be seen. */
const MARK = "\u{1f512}\u{1f513}";

/** A valid text with some characters exchanged, left out or put in. */
const changed = (valid: string): fc.Arbitrary<string> =>
  fc
    .array(fc.tuple(fc.nat(valid.length), fc.nat(2), fc.string({ unit: "binary", maxLength: 2 })), {
      minLength: 1,
      maxLength: 3,
    })
    .map((edits) =>
      edits.reduce((text, [at, cut, put]) => text.slice(0, at) + put + text.slice(at + cut), valid),
    );

it.each(Object.entries(PARSERS))("%s: takes it, or refuses it as a usage error", (_name, [parse, valid]) => {
  expect(parse(valid, "--option", undefined)).toBeDefined();
  const judge = (text: string): void => {
    try {
      expect(parse(text, "--option", undefined)).toBeDefined();
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      expect(error.exit).toBe(EXIT.usage);
      expect(JSON.stringify([error.message, error.hint])).not.toContain(MARK);
    }
  };
  fc.assert(fc.property(fc.string({ unit: "binary" }), judge), { numRuns: 2_000 });
  fc.assert(fc.property(changed(valid), judge), { numRuns: 5_000 });
  fc.assert(
    fc.property(fc.nat(valid.length), (at) => judge(valid.slice(0, at) + MARK + valid.slice(at))),
    { numRuns: 100 },
  );
});
