/** Whatever a payload decrypts to, it is read as it stands there or refused with the reason `schema`; what is read can be saved again. */
import fc from "fast-check";
import { pack } from "@sotto/client/protocol";
import { expect, it } from "vitest";
import { TARGETS } from "../../scripts/fuzz/targets.mjs";
import { asBytes, edited, rarely, RUNS } from "../support/edited.ts";
import { ruleFields } from "../support/rule-arbitrary.ts";

/** What a chunk of at most 8 KiB is longer by when it is sealed. */
const SEAL_BYTES = 40;
const time = fc.constantFrom(0, 1, 1_700_000_000_000);
const name = rarely(
  fc.constantFrom("db/main", "mail/password", "a", "a/b/c"),
  fc.constantFrom("A", "x/../y", ""),
  20,
);
const id = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => Buffer.from(bytes));
const sizes = fc.array(fc.constantFrom(0, 1, 5, 100), { minLength: 1, maxLength: 3 });
const attributes = edited(fc.constantFrom({}, { username: "app" }, { url: "imaps://é", "a.b": "" }), [
  "a",
  "url",
]);

/** A secret as an array: its description as bytes, then the sealed value of each version. */
const secret = fc.tuple(id, name, attributes, sizes, time).chain(([key, called, more, lengths, created]) => {
  const versions = lengths.map((size, i) => ({ number: i + 1, created, size }));
  const sealed = lengths.map((size) => Buffer.alloc(size + SEAL_BYTES, 7));
  const description = fc.constant({ id: key, name: called, attributes: more, versions });
  return edited(description, ["id", "name", "attributes", "versions"]).map((one) => [pack(one), ...sealed]);
});

const token = edited(
  fc.record(
    {
      label: fc.constantFrom("nightly", "weekly.v2", "b"),
      hash: fc.constant(Buffer.alloc(32, 3)),
      created: time,
      uid: fc.constantFrom(0, 1000),
      expires: time,
    },
    { requiredKeys: ["label", "hash", "created"] },
  ),
  ["label", "hash", "created", "uid", "expires", "v"],
);

const slots = [1, 2].map((byte) => ({ id: Buffer.alloc(16, byte), key: Buffer.alloc(32, 9) }));
const few = { maxLength: 2 };
const payload = edited(
  fc.record({
    secrets: fc.array(secret, few),
    rules: fc.array(ruleFields, few),
    tokens: fc.array(token, few),
    settings: fc.constant({}),
    slots: fc.constant(slots),
  }),
  ["secrets", "rules", "tokens", "settings", "slots"],
  3,
);

it(
  `B96: ${String(RUNS)} payloads are read as they stand there, or refused`,
  { timeout: 900_000 },
  async ({ annotate }) => {
    const target = TARGETS.payload();
    const seen: Record<string, number> = {};
    const property = fc.asyncProperty(asBytes(payload), async (bytes) => {
      const outcome = await target(bytes);
      seen[outcome] = (seen[outcome] ?? 0) + 1;
    });
    await fc.assert(property, { numRuns: RUNS });
    expect(seen["accept"], "payloads that are read").toBeGreaterThan(RUNS / 20);
    expect(seen["schema"], "payloads that are refused").toBeGreaterThan(RUNS / 20);
    expect(Object.keys(seen).sort()).toEqual(["accept", "schema"]);
    await annotate(`${String(RUNS)} payloads that are right or wrong`, "figure");
  },
);
