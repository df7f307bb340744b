import { describe, expect, it } from "vitest";
import { AgentError } from "../errors.ts";
import type { Contents, Secret } from "./contents.ts";
import { EMPTY_CONTENTS } from "./contents.ts";
import { damaged } from "./damage.ts";
import { headerLength, PAYLOAD_BLOCK, readHeader } from "./header.ts";
import type { Image } from "./image.ts";
import { checkImage, draftImage, openImage, sealImage } from "./image.ts";
import { memory } from "./kit.test.helper.ts";
import { MAX_VALUE_BYTES } from "./limits.ts";
import { sealedLength } from "./seal.ts";
import { Workspace } from "./workspace.ts";

const fileKey = Buffer.alloc(32, 7);
const workspace = new Workspace(memory);
const slot = {
  ...{
    id: Buffer.alloc(16, 1),
    kind: "passphrase" as const,
    label: "",
    kdf: { memoryKib: 65_536, passes: 3 },
  },
  ...{
    salt: Buffer.alloc(16),
    commit: Buffer.alloc(32),
    ephemeral: Buffer.alloc(32),
    nonce: Buffer.alloc(24),
  },
  ...{ wrapped: Buffer.alloc(48), publicKey: Buffer.alloc(32) },
};
async function build(contents: Contents): Promise<Image> {
  const stamp = { vaultId: Buffer.alloc(16, 9), generation: 1 };
  const draft = await draftImage({ ...stamp, created: 0, saved: 0, slots: [slot], contents });
  sealImage(draft, fileKey, workspace);
  return draft;
}
const check = (image: Image): Promise<void> => checkImage(image, (work) => work(fileKey), workspace);

/** Contents with one secret, whose versions share the bytes of one value. */
function holding(note: string, versions = 1, size = 0): Contents {
  const sealed = Buffer.alloc(sealedLength(size));
  const secret: Secret = {
    id: Buffer.alloc(16, 2),
    name: "a",
    attributes: { note },
    versions: Array.from({ length: versions }, (_, i) => ({ number: i + 1, created: 0, size, sealed })),
  };
  return { ...EMPTY_CONTENTS, secrets: new Map([["a", secret]]) };
}

describe("an image", () => {
  it("opens to what went in, whatever room its padding leaves", async () => {
    const empty = (await build(holding(""))).document.length;
    const lengths = new Set<number>();
    // from a block but for a few bytes to a few bytes more than it; a longer text takes more bytes to say how long it is
    for (let note = 800; note < 1024; note++) {
      const image = await build(holding("x".repeat(note), 1, PAYLOAD_BLOCK - empty - 950));
      lengths.add((4 + image.document.length) % PAYLOAD_BLOCK);
      expect(image.bytes.length - headerLength([{}]) - 16).toBe(
        Math.ceil((4 + image.document.length) / PAYLOAD_BLOCK) * PAYLOAD_BLOCK,
      );
      await check(image);
    }
    for (const rest of [PAYLOAD_BLOCK - 1, 0, 1]) expect(lengths).toContain(rest);
  });

  it("is not made when it would be larger than 256 MiB", async () => {
    await expect(build(holding("", 256, MAX_VALUE_BYTES))).rejects.toThrow(new AgentError("too-large"));
  });

  it("is refused by its maker when it opens to something else", async () => {
    const [one, other] = [await build(holding("x")), await build(holding("y"))];
    await expect(check({ ...one, document: other.document })).rejects.toThrow("something else");
  });

  it("is refused by its maker when it does not open", async () => {
    const image = await build(holding("x"));
    image.bytes.subarray(-20).fill(0);
    await expect(check(image)).rejects.toThrow(damaged("payload"));
    const { bytes } = await build(holding("x"));
    expect(() => openImage(bytes, readHeader(bytes), Buffer.alloc(32, 8), workspace)).toThrow(damaged("mac"));
  });
});
