import fc from "fast-check";
import { edited, rarely } from "./edited.ts";

const several = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(one, { minLength: 1, maxLength: 3 });
const id = fc.oneof(fc.constantFrom(0, 1000, 0xffff_fffe), fc.integer({ min: 0, max: 0xffff_fffe }));
const time = fc.oneof(fc.constantFrom(0, 253_402_300_799_999), fc.integer({ min: 0, max: 2 ** 41 }));
const named = edited(fc.record({ name: fc.constantFrom("backup", "www-data", "é"), id }), ["name", "id"]);
const label = rarely(
  fc.constantFrom("nightly", "weekly.v2", "a".repeat(64)),
  fc.constantFrom("", "a/b", "A"),
  20,
);
const path = rarely(
  fc.constantFrom("/usr/bin/psql", "/opt/a b/é"),
  fc.constantFrom("/", "x", "/a/../b", `/${"x".repeat(400)}`),
  20,
);
const digit = fc.constantFrom(...Array.from("0123456789abcdef"));
const clock = fc
  .tuple(fc.nat(24), fc.nat(60))
  .map((parts) => parts.map((part) => String(part).padStart(2, "0")));
const window = fc
  .tuple(
    rarely(
      fc.constantFrom("", "Mon ", "Mon-Fri ", "Sat,Sun ", "Sun-Mon,Wed "),
      fc.constantFrom("Mon,Mon ", "Monday "),
      20,
    ),
    clock,
    clock,
    fc.constantFrom("UTC", "Europe/Berlin", "America/Argentina/Ushuaia", "Nowhere/Land", "utc"),
  )
  .map(([days, from, to, zone]) => `${days}${from.join(":")}-${to.join(":")} ${zone}`);
const rate = edited(
  fc.record({ count: fc.constantFrom(1, 5, 10_000), perMs: fc.constantFrom(1000, 3_600_000) }),
  ["count", "perMs"],
);

const selector = rarely(
  fc.constantFrom("db/main", "db/**", "a", "a/b/c/d/e/f/g/h", "mail/password/**"),
  fc.constantFrom("db/*", "../x", "constructor", "**", "a/constructor/**", "DB"),
  20,
);
const fields = {
  id: rarely(fc.constantFrom("0a1b", "c0", "f".repeat(64)), fc.constantFrom("", "A", "f".repeat(65)), 20),
  created: time,
  selector,
  may: fc.subarray(["get", "set"], { minLength: 1 }),
  uids: several(id),
  users: several(named),
  gids: several(id),
  groups: several(named),
  units: several(rarely(fc.constantFrom("backup.service", "a@b\\x2d.scope"), fc.constant("x.socket"), 20)),
  tokens: several(label),
  exes: several(path),
  interpreter: fc.boolean(),
  sha256s: several(fc.string({ unit: digit, minLength: 64, maxLength: 64 })),
  ancestors: several(path),
  windows: several(window),
  rate,
  once: fc.boolean(),
  expires: time,
  used: time,
};

/** A rule as the vault keeps it, right or wrong. */
export const ruleFields = edited(
  fc.record(fields, { requiredKeys: ["id", "created", "selector", "may", "uids"] }),
  [...Object.keys(fields), "v", "verb"],
  2,
);
