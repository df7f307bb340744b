/** What our reader lets through means one thing only: msgpackr and a decoder of a few lines read the same out of it. */
import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, it } from "vitest";
import { hex, outcome } from "../test-support/bytes.ts";
import { Unpackr } from "msgpackr";
import { decodeHeader } from "./header.ts";
import { PREFIX_BYTES } from "./limits.ts";
import { decodeRequest } from "./requests.ts";

const FOLDER = new URL("../../../../test/vectors/frames/", import.meta.url);
const RUNS = process.env["SLOW"] === "1" ? 200_000 : 20_000;
const msgpackr = new Unpackr({
  useRecords: false,
  structuredClone: false,
  mapsAsObjects: false,
  int64AsType: "number",
});
const CODES = ["accept", "bad-frame", "bad-request", "unsupported-version"];

/** The headers of all vectors, good and bad. */
const headers = readdirSync(FOLDER)
  .filter((file) => file.endsWith(".txt"))
  .map((file) => {
    const [, digits = ""] = readFileSync(new URL(file, FOLDER), "utf8").split(/\n\n(.*)/s);
    return hex(digits.replaceAll(/#.*$/gm, "")).subarray(PREFIX_BYTES);
  })
  .filter((header) => header.length > 0 && header.length <= 1024);

/** Reads msgpack as its specification says, and judges nothing. */
function decode(bytes: Buffer): unknown {
  let at = 0;
  const take = (length: number): Buffer => bytes.subarray(at, (at += length));
  const unsigned = (length: number): number => Number(`0x${take(length).toString("hex")}`);
  const text = (length: number): string => take(length).toString("utf8");
  const items = (count: number): unknown[] => Array.from({ length: count }, value);
  const map = (count: number): Map<unknown, unknown> =>
    new Map(Array.from({ length: count }, (): [unknown, unknown] => [value(), value()]));
  function signed(length: number): number {
    return Number(BigInt.asIntN(length * 8, BigInt(`0x${take(length).toString("hex")}`)));
  }
  function value(): unknown {
    const lead = unsigned(1);
    if (lead <= 0x7f) return lead;
    if (lead <= 0x8f) return map(lead & 15);
    if (lead <= 0x9f) return items(lead & 15);
    if (lead <= 0xbf) return text(lead & 31);
    if (lead >= 0xe0) return lead - 256;
    if (lead <= 0xc3) return lead === 0xc0 ? null : lead === 0xc3;
    if (lead <= 0xcf) return unsigned(1 << (lead - 0xcc));
    if (lead <= 0xd3) return signed(1 << (lead - 0xd0));
    if (lead <= 0xdb) return text(unsigned(1 << (lead - 0xd9)));
    return lead <= 0xdd ? items(unsigned(lead === 0xdc ? 2 : 4)) : map(unsigned(lead === 0xde ? 2 : 4));
  }
  return value();
}

const spots = fc.array(fc.tuple(fc.nat(1023), fc.nat(255)), { maxLength: 4 });
const mutated = fc
  .tuple(fc.constantFrom(...headers), spots, fc.option(fc.nat(1023), { freq: 4 }))
  .map(([header, changes, end]) => {
    const copy = Buffer.from(header);
    for (const [at, byte] of changes) copy[at % copy.length] = byte;
    return end === null ? copy : copy.subarray(0, end);
  });

it(
  `reads ${RUNS} changed headers of the vectors as two other decoders do, or refuses them with a code`,
  { timeout: 600_000 },
  async ({ annotate }) => {
    let read = 0;
    fc.assert(
      fc.property(mutated, (bytes) => {
        let header: ReadonlyMap<string, unknown> | undefined;
        expect(CODES).toContain(outcome(() => (header = decodeHeader(bytes))));
        if (header === undefined) return;
        read++;
        expect(header).toEqual(decode(bytes));
        expect(header).toEqual(msgpackr.unpack(bytes));
        const found = header;
        expect(CODES).toContain(outcome(() => decodeRequest(found)));
      }),
      { numRuns: RUNS },
    );
    expect(read, "changed headers that are still well formed").toBeGreaterThan(RUNS / 20);
    await annotate(`${read} changed headers read alike by two decoders`, "figure");
  },
);
