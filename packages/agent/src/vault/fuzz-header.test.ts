/** Changed vaults, their checksum made anew so that the rest of the header is judged: refused with a reason, or read. */
import { readdirSync, readFileSync } from "node:fs";
import { VAULT_REASONS } from "@sotto/client/protocol";
import fc from "fast-check";
import { expect, it } from "vitest";
import { AgentError } from "../errors.ts";
import { readHeader } from "./header.ts";
import { withChecksum } from "./reference.test.helper.ts";

const FOLDER = new URL("../../../../test/vectors/vaults/", import.meta.url);
const HEADER_BYTES = 512;
const RUNS = 20_000;
const vaults = readdirSync(FOLDER)
  .filter((file) => file.endsWith(".vault"))
  .map((file) => readFileSync(new URL(file, FOLDER)))
  .filter((file) => file.length >= HEADER_BYTES);

/** `read`, or why it was refused; any other error is passed on. */
function judged(file: Buffer): string {
  try {
    readHeader(file);
    return "read";
  } catch (error) {
    if (error instanceof AgentError && error.code === "vault-damaged") return String(error.details.reason);
    throw error;
  }
}

it("B85: 20,000 changed headers of the vectors are read or refused with a reason of the closed set", async ({
  annotate,
}) => {
  const spot = fc.tuple(fc.nat(HEADER_BYTES - 1), fc.nat(255));
  const seen = new Set<string>();
  fc.assert(
    fc.property(
      fc.constantFrom(...vaults),
      fc.array(spot, { minLength: 1, maxLength: 3 }),
      fc.boolean(),
      (vault, spots, renewed) => {
        const edit = (file: Buffer): void => spots.forEach(([at, byte]) => (file[at] = byte));
        const copy = Buffer.from(vault);
        edit(copy);
        const outcome = judged(renewed ? withChecksum(vault, edit) : copy);
        seen.add(outcome);
        expect(["read", ...VAULT_REASONS]).toContain(outcome);
      },
    ),
    { numRuns: RUNS },
  );
  for (const one of ["read", "checksum", "slots", "kdf"]) expect(seen).toContain(one);
  await annotate(`${RUNS} changed headers`, "figure");
});

it("B85: 20,000 files of random bytes, with and without the magic, are refused with a reason", async ({
  annotate,
}) => {
  const magic = (vaults[0] ?? Buffer.alloc(0)).subarray(0, 12);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600 }), fc.boolean(), (random, good) => {
      expect(VAULT_REASONS).toContain(judged(Buffer.concat([good ? magic : Buffer.alloc(0), random])));
    }),
    { numRuns: RUNS },
  );
  await annotate(`${RUNS} files of random bytes`, "figure");
});
