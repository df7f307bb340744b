import fc from "fast-check";
import { pack } from "@sotto/client/protocol";

/** Anything that msgpack can say, small: what stands where something else should. */
const { strange } = fc.letrec<{ strange: unknown }>((tie) => ({
  strange: fc.oneof(
    { maxDepth: 3, depthIdentifier: "strange" },
    fc.constantFrom<unknown>(null, true, false, 0, -1, 0xffff_ffff, 2 ** 53 - 1, "", "db/main", "nightly"),
    fc.string({ unit: "grapheme", maxLength: 12 }),
    fc.integer(),
    fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
    fc.array(tie("strange"), { maxLength: 3, depthIdentifier: "strange" }),
    fc.dictionary(fc.string({ maxLength: 6 }), tie("strange"), { maxKeys: 3, depthIdentifier: "strange" }),
  ),
}));

/** The first, and one time in `oneIn` the other. */
export const rarely = <T>(usual: fc.Arbitrary<T>, other: fc.Arbitrary<T>, oneIn: number): fc.Arbitrary<T> =>
  fc.oneof({ weight: oneIn - 1, arbitrary: usual }, { weight: 1, arbitrary: other });

type Fields = Readonly<Record<string, unknown>>;
type Edit = (fields: Fields) => Fields;

const without: (key: string) => Edit = (key) => (fields) =>
  Object.fromEntries(Object.entries(fields).filter(([one]) => one !== key));

/** Fields with up to two of them exchanged, left out or added: one time in `oneIn`. */
export function edited(
  fields: fc.Arbitrary<Fields>,
  keys: readonly string[],
  oneIn = 30,
): fc.Arbitrary<Fields> {
  const key = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...keys) },
    { weight: 1, arbitrary: fc.string({ maxLength: 8 }) },
  );
  const edit = fc.oneof(
    fc.tuple(key, strange).map(([at, value]): Edit => (all) => ({ ...all, [at]: value })),
    key.map(without),
  );
  const edits = rarely(fc.constant<Edit[]>([]), fc.array(edit, { minLength: 1, maxLength: 2 }), oneIn);
  return fc.tuple(fields, edits).map(([all, some]) => some.reduce((now, change) => change(now), all));
}

/** As msgpack, one time in eight with up to three bytes changed or the end cut off. */
export function asBytes(fields: fc.Arbitrary<Fields>): fc.Arbitrary<Buffer> {
  const spots = fc.array(fc.tuple(fc.nat(4095), fc.nat(255)), { maxLength: 3 });
  const damage = rarely(
    fc.constant({ spots: [] as [number, number][], cut: 0 }),
    fc.record({ spots, cut: fc.constantFrom(0, 0, 1, 7) }),
    8,
  );
  return fc.tuple(fields, damage).map(([all, { spots: changed, cut }]) => {
    const bytes = Buffer.from(pack(all));
    for (const [at, byte] of changed) bytes[at % bytes.length] = byte;
    return bytes.subarray(0, bytes.length - cut);
  });
}

/** Runs of a property, ten times as many with SLOW=1. */
export const RUNS = process.env["SLOW"] === "1" ? 200_000 : 20_000;
