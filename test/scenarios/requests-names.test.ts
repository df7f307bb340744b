import { describe, expect, it } from "vitest";
import { liveAgent } from "../support/live-agent.ts";
import type { RawConnection } from "../support/raw-connection.ts";

const agent = liveAgent();

const NOT_NAMES = [
  "",
  "a".repeat(256),
  "a".repeat(257),
  "a".repeat(65),
  "1/2/3/4/5/6/7/8/9",
  ".",
  "..",
  "a..b",
  "a/../b",
  "/a",
  "a/",
  "a//b",
  "./a",
  "a/./b",
  "a/.b",
  "-a",
  "a\0b",
  "a\nb",
  "a\rb",
  "a\tb",
  "a\u001b[31mb",
  " a",
  "a ",
  "a b",
  "a%2fb",
  "a\\b",
  "A",
  "aB",
  "\u00e9", // é in one code point
  "e\u0301", // é in two
  "\u212a", // KELVIN SIGN, whose lower case is k
  "\u017f", // LONG S, whose upper case is S
  "a\u2215b", // DIVISION SLASH
  "a\u202eb", // RIGHT-TO-LEFT OVERRIDE
  "a\u2028b",
  "\ufeffa",
  "a\ud83d\ude00",
  "*",
  "**",
  "a*",
  "a/*",
  "+",
  "?",
  "[a]",
  "{{x}}",
  "~",
  "$HOME",
  "a:b",
  "a;b",
  "a#b",
  "constructor",
];

/** What a rule may name and a request may not, and what nobody may. */
const NOT_SELECTORS = [
  ...NOT_NAMES,
  "/**",
  "a/***",
  "a/**/b",
  "a**",
  "a/b**",
  "*/a",
  "A/**",
  "../**",
  "a//**",
];

const NAMES = [
  "a",
  "0",
  "k",
  "a.b",
  "a-b_c.d",
  "1/2/3/4/5/6/7/8",
  "a".repeat(64),
  Array.from({ length: 4 }, () => "a".repeat(63)).join("/"),
];

const errorOf = async (
  connection: RawConnection,
  fields: Readonly<Record<string, string | undefined>>,
): Promise<unknown> => (await connection.request({ v: 1, id: 1, ...fields })).header.get("error");

describe("B28", () => {
  it("what is not a name is a bad request, on every verb that takes one", async () => {
    using administrator = await agent().administrator();
    for (const name of NOT_NAMES) {
      const label = JSON.stringify(name);
      for (const verb of ["get", "set", "show", "remove", "rename", "rules"]) {
        const fields = verb === "rename" ? { verb, name: "a", to: name } : { verb, name };
        expect(await errorOf(administrator, fields), `${verb} ${label}`).toBe("bad-request");
      }
      expect(await errorOf(administrator, { verb: "list", prefix: name }), label).toBe("bad-request");
    }
    await agent().expectAlive();
  });

  it("what is not a name nor a prefix of names is a bad request in a rule", async () => {
    using administrator = await agent().administrator();
    for (const selector of NOT_SELECTORS) {
      const request = { v: 1, id: 1, verb: "grant", selector, may: ["get"], uids: [1] };
      const { header } = await administrator.request(request);
      expect(header.get("error"), JSON.stringify(selector)).toBe("bad-request");
    }
    const rules = await administrator.request({ v: 1, id: 1, verb: "rules" });
    expect(rules.header.get("rules")).toHaveLength(1); // the one of the probe
  });

  it("nothing is folded, trimmed or normalised into a name that exists", async () => {
    using administrator = await agent().administrator();
    for (const name of NAMES) {
      const stored = await administrator.request({ v: 1, id: 1, verb: "set", name }, Buffer.from(name));
      expect(stored.header.get("ok"), name).toBe(true);
    }
    for (const alike of ["\u212a", "K", "k ", "/k", "k/", "k\0", "./k", "k/../k"])
      expect(await errorOf(administrator, { verb: "get", name: alike }), alike).toBe("bad-request");
    for (const name of NAMES) {
      const found = await administrator.request({ v: 1, id: 1, verb: "get", name, admin: true });
      expect(found.payload.toString()).toBe(name);
    }
    const list = await administrator.request({ v: 1, id: 1, verb: "list", all: true });
    expect(list.header.get("names")).toEqual([...NAMES, "probe/alive"].sort());
  });

  it.each(["A", "a//b", "..", "a ", "é"])("the command line refuses %j as a usage error", async (name) => {
    const { sandbox } = agent();
    const got = await sandbox.agent(["get", name]);
    expect(got).toMatchObject({ status: 2, stdout: Buffer.alloc(0) });
    expect(got.stderr).toMatch(/^agent: error: /);
  });
});
