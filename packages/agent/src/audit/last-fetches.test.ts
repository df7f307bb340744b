import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { got, Kit } from "./kit.test.helper.ts";

describe("the last fetch", () => {
  const never = (): boolean => false;

  it("is known from now on by name, and from before by the files, the newest first", async () => {
    using kit = new Kit();
    const before = kit.start({ maxBytes: 3_000 });
    for (let i = 0; i < 50; i++) {
      kit.clock.wall += 1_000;
      kit.clock.boot += 1_000;
      before.write(got(i % 2 === 0 ? "db/main" : "db/other", i === 40 ? { rule: "0f" } : {}));
      before.write(got("db/never", { result: "denied" }));
    }
    before.write(got("db/once"));
    for (let i = 0; i < 3_000; i++) before.write(got("db/main", { result: "denied" }));
    const audit = kit.start();
    const start = Date.parse("2026-11-24T08:00:00.000Z");
    expect(await audit.lastFetch("db/main", never)).toEqual({ time: start + 49_000, uid: 1000, pid: 123 });
    expect(await audit.lastFetch("db/other", never)).toEqual({ time: start + 50_000, uid: 1000, pid: 123 });
    expect(await audit.lastFetch("db/never", never)).toBeNull();
    expect(await audit.lastFetch("db/mai", never)).toBeNull();
    audit.write(got("db/never", { rule: "0f0f" }));
    expect(await audit.lastFetch("db/never", never)).toMatchObject({ rule: "0f0f" });
  });

  it("is looked for through slices, and not in what is no audit", async () => {
    using kit = new Kit();
    const audit = kit.start();
    audit.write(got("db/first"));
    for (let i = 0; i < 5_000; i++) audit.write(got("db/main"));
    const next = kit.start();
    expect(await next.lastFetch("db/first", never)).toMatchObject({ uid: 1000 });
    expect(await next.lastFetch("db/first", () => true)).toMatchObject({ uid: 1000 });
    expect(await next.lastFetch("db/none", () => true)).toBeNull();
    writeFileSync(join(kit.folder, "audit-000000.jsonl"), Buffer.alloc(2_000_000, '"name":"db/none" '));
    expect(await next.lastFetch("db/none", never)).toBeNull();
  });
});
