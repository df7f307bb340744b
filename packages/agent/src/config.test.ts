import { describe, expect, it } from "vitest";
import { DEFAULT_CONFIG, parseConfig } from "./config.ts";

describe("parseConfig", () => {
  it("reads every key", () => {
    const text =
      '{"lockAfter":"8h","ticket":"30s","adminGroup":"root","requireLockedMemory":true,"kdfMemoryMiB":64,"kdfPasses":4,' +
      '"auditMaxMiB":2,"auditKeep":0,"auditSync":"fsync"}';
    expect(parseConfig(text)).toEqual({
      lockAfterMs: 8 * 3_600_000,
      ticketMs: 30_000,
      adminGid: 0,
      requireLockedMemory: true,
      kdfMemoryKib: 65_536,
      kdfPasses: 4,
      auditMaxBytes: 2 * 1024 * 1024,
      auditKeep: 0,
      auditSync: "fsync",
    });
  });

  it("means the defaults where a key is missing", () => {
    expect(parseConfig("{}")).toEqual(DEFAULT_CONFIG);
    expect(parseConfig('{"ticket":0}').ticketMs).toBe(0);
  });

  it.each([
    ["", "not valid JSON"],
    ["[]", "one JSON object"],
    ["null", "one JSON object"],
    ['{"lockafter":"8h"}', '"lockafter"'],
    ['{"__proto__":1}', '"__proto__"'],
    ['{"ticket":"1m","ticket":"2m"}', "ticket stands there twice"],
    ['{"ticket":"1m" , "\\u0074icket" : "2m"}', "ticket stands there twice"],
    ['{"ticket":"soon"}', "ticket must be a duration"],
    ['{"kdfMemoryMiB":8}', "kdfMemoryMiB must be an integer from 64"],
    ['{"kdfPasses":2.5}', "kdfPasses must be an integer"],
    ['{"adminGroup":"no such group"}', "adminGroup must be the name of a group"],
    ['{"auditMaxMiB":0}', "auditMaxMiB must be an integer from 1 to 1024"],
    ['{"auditKeep":-1}', "auditKeep must be an integer from 0"],
    ['{"auditSync":"always"}', 'auditSync must be "write" or "fsync"'],
    ['{"requireLockedMemory":"yes"}', "requireLockedMemory must be true or false"],
  ])("B54: refuses %j and names what is wrong", (text, message) => {
    expect(() => parseConfig(text)).toThrow(message);
  });
});
