import { describe, expect, it } from "vitest";
import { got, Kit } from "./kit.test.helper.ts";
import { TROUBLES } from "./notes.ts";

describe("auditSync: fsync", () => {
  it("lets all who come while one sync runs share the next, and tells them when it fails", async () => {
    using kit = new Kit();
    const running: { fd: number; end: (error?: Error) => void }[] = [];
    kit.sync = (fd) =>
      new Promise((resolve, reject) =>
        running.push({ fd, end: (error) => (error ? reject(error) : resolve()) }),
      );
    const audit = kit.start({ sync: "fsync" });
    await drain(running);
    const first = audit.synced();
    await new Promise(setImmediate);
    const rest = [1, 2, 3].map(() => Promise.resolve(audit.synced()));
    expect(running).toHaveLength(1);
    running.shift()?.end();
    expect(await first).toBe(true);
    await new Promise(setImmediate);
    expect(running).toHaveLength(1);
    running.shift()?.end(new Error("EIO"));
    expect(await Promise.all(rest)).toEqual([false, false, false]);
    expect(audit.write(got())).toBe(false);
    expect(kit.told.at(-1)).toContain(TROUBLES.unsynced);
    audit.reopen();
    await drain(running);
    expect(audit.write(got())).toBe(true);
    expect(kit.story()).toEqual(["audit: continues", `audit: ${TROUBLES.unsynced}`, "get"]);
  });

  it("makes nobody wait where it is not asked for", () => {
    using kit = new Kit();
    expect(kit.start().synced()).toBeUndefined();
  });

  async function drain(running: { end: (error?: Error) => void }[]): Promise<void> {
    for (let i = 0; i < 5; i++) {
      for (const one of running.splice(0)) one.end();
      await new Promise(setImmediate);
    }
  }
});
