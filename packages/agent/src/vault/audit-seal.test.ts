import { createHash, randomBytes } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { fixture, opened, OTHER_PASSPHRASE, refusal } from "./kit.test.helper.ts";

const head = createHash("sha256").update("a line").digest();

let file: Buffer;
beforeAll(async () => {
  ({ file } = await fixture());
});

describe("a seal of the audit", () => {
  it("vouches for its own head, under the key that it names, and for nothing else", async () => {
    const { vault } = await opened(file);
    const { key, mac } = vault.sealAudit(head);
    expect(key).toMatch(/^[0-9a-f]{16}$/);
    expect(key).toBe(vault.auditKey);
    expect(mac).toHaveLength(32);
    expect(vault.vouchesFor(head, mac)).toBe(true);
    expect(vault.vouchesFor(randomBytes(32), mac)).toBe(false);
    expect(vault.vouchesFor(head, randomBytes(32))).toBe(false);
    for (const length of [0, 31]) {
      expect(vault.vouchesFor(head, mac.subarray(0, length))).toBe(false);
      expect(vault.vouchesFor(head.subarray(0, length), mac)).toBe(false);
    }
    vault.destroy();
  });

  it("is the same after the vault is opened again, and another one under a new file key", async () => {
    const [{ vault }, { vault: again }] = [await opened(file), await opened(file)];
    const { key, mac } = vault.sealAudit(head);
    expect(again.sealAudit(head)).toEqual({ key, mac });
    await again.changePassphrase(again.slots[0]?.id ?? "", OTHER_PASSPHRASE);
    expect(again.auditKey).not.toBe(key);
    expect(again.vouchesFor(head, mac)).toBe(false);
    for (const one of [vault, again]) one.destroy();
  });

  it("needs an open vault", async () => {
    const { vault } = await opened(file);
    const { mac } = vault.sealAudit(head);
    vault.destroy();
    for (const act of [() => vault.sealAudit(head), () => vault.vouchesFor(head, mac), () => vault.auditKey])
      expect(await refusal(Promise.resolve().then<unknown>(act))).toBe("locked");
  });
});
