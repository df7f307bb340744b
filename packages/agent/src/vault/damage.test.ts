import { beforeAll, describe, expect, it } from "vitest";
import {
  depsOf,
  fixture,
  memory,
  MemoryStore,
  openVault,
  refusal,
  RememberingKdf,
  unlocking,
} from "./kit.test.helper.ts";
import { headerLengthOf, slotAt, withChecksum } from "./reference.test.helper.ts";

/** `npm run test:slow`: every bit there is. */
const EVERY_BIT = process.env["SLOW"] === "1";
const PATIENCE_MS = EVERY_BIT ? 600_000 : 60_000;
let file: Buffer;

beforeAll(async () => {
  ({ file } = await fixture());
});

const copyWith = (edit: (copy: Buffer) => void): Buffer => {
  const copy = Buffer.from(file);
  edit(copy);
  return copy;
};

/** Bits of the whole file, half of them in the header; or all. */
function* bitsOf(bytes: Buffer): Generator<number> {
  if (EVERY_BIT) return yield* Array(bytes.length * 8).keys();
  yield* sampled(100, headerLengthOf(bytes) * 8);
  yield* sampled(100, bytes.length * 8);
}

/** Numbers that look random and are the same in every run. */
function* sampled(count: number, below: number): Generator<number> {
  let state = 20_250_101;
  for (let i = 0; i < count; i++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    yield Math.floor((state / 2 ** 32) * below);
  }
}

describe("damage", () => {
  it("opens when there is none", async () => {
    expect(await unlocking(file)).toEqual({ result: "accepted", runs: 1 });
    expect(await unlocking(file, { bytes: Buffer.from("wrong") })).toEqual({
      result: "wrong-passphrase",
      runs: 1,
    });
  });

  it(
    `B85: refuses every one of ${EVERY_BIT ? "all" : "200"} flipped bits as damage, those of the header before a key derivation`,
    async ({ annotate }) => {
      const header = headerLengthOf(file);
      let flips = 0;
      for (const bit of bitsOf(file)) {
        flips++;
        const flipped = copyWith((copy) => (copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7))));
        const { result, runs } = await unlocking(flipped);
        expect(result, `bit ${bit}`).toMatch(/^vault-damaged /);
        expect(runs, `bit ${bit}`).toBe(bit >> 3 < header - 32 ? 0 : 1); // the MAC needs the key
      }
      await annotate(`${flips} flipped bits`, "figure");
    },
    PATIENCE_MS,
  );

  it("B85: refuses every single bit of the header that is flipped", async ({ annotate }) => {
    const bits = headerLengthOf(file) * 8;
    for (let bit = 0; bit < bits; bit++) {
      const flipped = copyWith((copy) => (copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7))));
      expect((await unlocking(flipped)).result, `bit ${bit}`).toMatch(/^vault-damaged /);
    }
    await annotate(`${bits} flipped bits`, "figure");
  });

  it("B86: refuses 200 truncations before a key derivation", async ({ annotate }) => {
    const lengths = [0, 1, 7, 8, 89, 90, file.length - 1, ...sampled(200, file.length)];
    for (const length of lengths)
      expect(await unlocking(file.subarray(0, length)), `${length} bytes`).toEqual({
        result: "vault-damaged length",
        runs: 0,
      });
    await annotate(`${lengths.length} truncations`, "figure");
  });

  it("B86: refuses what is appended", async () => {
    for (const tail of [Buffer.alloc(1), Buffer.alloc(1024), Buffer.alloc(4096), file])
      expect(await unlocking(Buffer.concat([file, tail]))).toEqual({
        result: "vault-damaged length",
        runs: 0,
      });
  });
});

describe("the header", () => {
  const at = (edit: (copy: Buffer) => void): Promise<{ result: string; runs: number }> =>
    unlocking(withChecksum(file, edit));
  const slot = (copy: Buffer): Buffer => slotAt(copy, 0);

  it.each<[string, (copy: Buffer) => void]>([
    ["magic", (copy) => copy.writeUInt8(0x73, 0)],
    ["flags", (copy) => copy.writeUInt16LE(1, 10)],
    ["flags", (copy) => copy.writeUInt16LE(0x8000, 10)],
    ["flags", (copy) => copy.writeUInt8(2, 64)],
    ["length", (copy) => copy.writeUInt32LE(90, 12)],
    ["length", (copy) => copy.writeUInt32LE(0xffff_ffff, 12)],
    ["length", (copy) => copy.writeUInt32LE(headerLengthOf(copy) - 1, 12)],
    ["length", (copy) => copy.writeBigUInt64LE(BigInt(copy.length) + 1n, 16)],
    ["length", (copy) => copy.writeUInt8(1, 65)],
    ["slots", (copy) => copy.writeUInt8(0, 65)],
    ["slots", (copy) => copy.writeUInt8(17, 65)],
    ["slots", (copy) => slot(copy).writeUInt8(0, 0)],
    ["slots", (copy) => slot(copy).writeUInt8(3, 0)],
    ["slots", (copy) => slot(copy).writeUInt8(65, 17)],
    ["slots", (copy) => slot(copy).writeUInt8(1, 60)],
    ["slots", (copy) => void slot(copy).write("\x01\xff", 17, "latin1")],
    ["slots", (copy) => void slot(copy).write("\x01\n", 17, "latin1")],
    ["schema", (copy) => copy.writeBigUInt64LE(0n, 40)],
    ["schema", (copy) => copy.writeBigUInt64LE(2n ** 53n, 40)],
    ["schema", (copy) => copy.writeBigUInt64LE(2n ** 63n, 48)],
  ])("refuses with the reason %s before a key derivation (case %#)", async (reason, edit) => {
    expect(await at(edit)).toEqual({ result: `vault-damaged ${reason}`, runs: 0 });
  });

  it("B87: refuses parameters of the key derivation before one runs", async () => {
    const cases: [number, number][] = [
      [0, 3],
      [1, 3],
      [7, 3],
      [1024 * 1024 + 1, 3],
      [0xffff_ffff, 3],
      [64 * 1024, 0],
      [64 * 1024, 11],
      [64 * 1024, 0xffff_ffff],
    ];
    for (const upgradeKdf of [false, true]) {
      for (const [memory, passes] of cases) {
        const forged = withChecksum(file, (copy) => {
          slot(copy).writeUInt32LE(passes, 83);
          slot(copy).writeUInt32LE(memory, 87);
        });
        const seen = await unlocking(forged, { upgradeKdf });
        expect(seen, `${memory} KiB, ${passes} passes`).toEqual({ result: "vault-damaged kdf", runs: 0 });
      }
    }
  });

  it("B87: refuses another algorithm, also in a slot that would not be tried", async () => {
    for (const index of [0, 1]) {
      const forged = withChecksum(file, (copy) => slotAt(copy, index).writeUInt8(2, 82));
      expect(await unlocking(forged)).toEqual({ result: "vault-damaged kdf", runs: 0 });
    }
  });

  it("B87: refuses a run that needs more than half of the memory left", async () => {
    const store = new MemoryStore(file);
    const poor = { availableMemory: () => 127 * 1024 * 1024 };
    const kdf = new RememberingKdf(memory, poor);
    expect(await refusal(openVault({ ...depsOf(store), kdf }))).toBe("busy");
    expect(kdf.runs).toBe(0);
  });

  it("B91: names the version that a newer vault needs, whatever else it holds", async () => {
    const newer = copyWith((copy) => {
      copy.fill(0xaa, 10);
      copy.writeUInt16LE(7, 8);
    });
    await expect(openVault(depsOf(new MemoryStore(newer)))).rejects.toMatchObject({
      code: "vault-damaged",
      details: { reason: "version", needsVersion: 7 },
    });
  });
});
