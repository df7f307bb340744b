import { unpack } from "@sotto/client/protocol";
import { beforeAll, describe, expect, it } from "vitest";
import { fixture, PASSPHRASE } from "./kit.test.helper.ts";
import { documentOf, kekOf, openPlain, openValue, slotAt, unwrap } from "./reference.test.helper.ts";

describe("a reader made from VAULT.md alone", () => {
  let made: Awaited<ReturnType<typeof fixture>>;
  beforeAll(async () => {
    made = await fixture();
  });

  const secrets = (fileKey: Buffer): Map<string, { value: string; attributes: unknown }> => {
    const payload = unpack(documentOf(openPlain(made.file, fileKey)), { binary: true, maxDepth: 5 });
    const found = (payload.get("secrets") as Buffer[][]).map(([description = Buffer.alloc(0), ...sealed]) => {
      const fields = unpack(description, { binary: true, maxDepth: 5 });
      const [version] = (fields.get("versions") as Map<string, number>[]).slice(-1);
      const [id, number] = [fields.get("id") as Buffer, version?.get("number") ?? 0];
      const value = openValue(made.file, fileKey, id, number, sealed.at(-1) ?? Buffer.alloc(0)).toString();
      return [fields.get("name") as string, { value, attributes: fields.get("attributes") }] as const;
    });
    return new Map(found);
  };

  it("reads what the agent wrote, by the passphrase", () => {
    const found = secrets(unwrap(made.file, 0, kekOf(slotAt(made.file, 0), PASSPHRASE)));
    expect(found.get("mail/password")).toEqual({ value: "hunter2", attributes: new Map() });
    expect(found.get("db/main")).toEqual({ value: "s3cret", attributes: new Map([["username", "app"]]) });
  });

  it("reads it by the recovery code", () => {
    const typed = Buffer.from(made.recoveryCode.toString().replaceAll("-", ""));
    const found = secrets(unwrap(made.file, 1, kekOf(slotAt(made.file, 1), typed)));
    expect(found.get("mail/password")?.value).toBe("hunter2");
  });
});
