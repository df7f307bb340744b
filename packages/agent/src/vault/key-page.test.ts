import { describe, expect, it } from "vitest";
import { AgentError } from "../errors.ts";
import { KeyPage } from "./key-page.ts";
import { memory } from "./kit.test.helper.ts";
import { Workspace } from "./workspace.ts";

const vaultId = Buffer.alloc(16);
const copies = (page: KeyPage): string[] =>
  page.use((keys) => Object.values(keys).map((key: Buffer) => key.toString("hex")));

describe("the key page", () => {
  it("holds four different keys; those that are derived belong to the vault", () => {
    const page = new KeyPage(memory);
    page.fill(vaultId, (key) => key.fill(7));
    const [file, value, pending, audit] = copies(page);
    expect(file).toBe("07".repeat(32));
    expect(new Set([file, value, pending, audit]).size).toBe(4);
    page.fill(Buffer.alloc(16, 1), (key) => key.fill(7));
    expect(copies(page)[1]).not.toBe(value);
    expect(copies(page)[3]).not.toBe(audit);
    page.destroy();
  });

  it("lets calls nest, and survives what they throw", () => {
    const page = new KeyPage(memory);
    const nested = page.use(() => {
      const inner = copies(page);
      return [inner, copies(page)];
    });
    expect(nested[0]).toEqual(nested[1]);
    expect(() =>
      page.use(() =>
        page.use(() => {
          throw new Error("mine");
        }),
      ),
    ).toThrow("mine");
    expect(copies(page)).toHaveLength(4);
    page.destroy();
  });

  it("hands the pending key on", () => {
    const [old, next] = [new KeyPage(memory), new KeyPage(memory)];
    next.inheritPending(old);
    expect(copies(next)[2]).toBe(copies(old)[2]);
    old.destroy();
    next.destroy();
  });

  it("is zero and of no use once destroyed, even from inside a call", () => {
    const page = new KeyPage(memory);
    page.use((keys) => {
      page.destroy();
      expect(keys.pending.equals(Buffer.alloc(32))).toBe(true);
    });
    expect(() => copies(page)).toThrow(AgentError);
    page.destroy();
  });
});

describe("the workspace", () => {
  it("is zero after every use, and of no use once destroyed", () => {
    const workspace = new Workspace(memory);
    let kept: Buffer = Buffer.alloc(0);
    workspace.chunk((chunk) => (kept = chunk.fill(1)));
    expect(kept.every((byte) => byte === 0)).toBe(true);
    expect(() =>
      workspace.key(0, (key) => {
        kept = key.fill(1);
        throw new Error("mine");
      }),
    ).toThrow("mine");
    expect(kept.every((byte) => byte === 0)).toBe(true);
    workspace.destroy();
    expect(() => workspace.chunk(() => 1)).toThrow(expect.objectContaining({ code: "locked" }));
  });
});
