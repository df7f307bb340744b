/** No value, passphrase or token in the audit, in the log, or in what the agent says, however talkative it is told to be. */
import { createHash, createHmac } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { Asker, codeOf } from "../support/asker.ts";
import { newMarker, valueWith } from "../support/canaries.ts";
import { DirectAgent } from "../support/direct-agent.ts";
import { formsOf } from "../support/memory-scan.ts";
import { Sandbox } from "../support/sandbox.ts";

/** What is encrypted may hold anything. */
const ENCRYPTED = /^vault/;
const TALKATIVE: readonly Record<string, string>[] = [
  {},
  { DEBUG: "*", LOG_LEVEL: "trace", LEVEL: "trace", VERBOSE: "1" },
  { DEBUG: "*", PINO_LOG_LEVEL: "trace", NODE_DEBUG: "net,stream,fs,module,timer", NODE_ENV: "development" },
];

it.each(TALKATIVE)("B111, B113: no canary outside of the vault, with %j", async (env) => {
  const canaries = { value: newMarker(), passphrase: newMarker(), wrong: newMarker(), next: newMarker() };
  await using sandbox = new Sandbox();
  const agent = await DirectAgent.start(sandbox, [], env);
  const token = await useAll(sandbox, canaries);
  await agent.end("SIGTERM");
  const written = readdirSync(sandbox.home).filter((name) => !ENCRYPTED.test(name));
  expect(written).toEqual(expect.arrayContaining(["audit.jsonl"]));
  const texts = [agent.said, ...written.map((name) => readFileSync(join(sandbox.home, name), "latin1"))];
  expect(texts.join("")).toContain('"verb":"slot-add"'); // so the verbs were on record at all
  expect(agent.said).toContain("listening");
  for (const [name, canary] of Object.entries({ ...canaries, token }))
    for (const form of [...formsOf(canary), ...digestsOf(canary)])
      for (const text of texts) expect(text.includes(form.toString("latin1")), name).toBe(false);
});

/** As somebody would who thinks that a hash tells nothing. */
function digestsOf(secret: Buffer): Buffer[] {
  const hashes = ["sha256", "sha512", "sha1", "md5"].map((name) => createHash(name).update(secret).digest());
  const codes = ["", "sotto"].map((key) => createHmac("sha256", key).update(secret).digest());
  return [...hashes, ...codes].flatMap((hash) => [
    Buffer.from(hash.toString("hex")),
    Buffer.from(hash.toString("base64")),
  ]);
}

interface Canaries {
  readonly value: Buffer;
  readonly passphrase: Buffer;
  readonly wrong: Buffer;
  readonly next: Buffer;
}

/** Everything that takes or gives a secret, granted and refused. Returns a token. */
async function useAll({ socket }: Sandbox, { value, passphrase, wrong, next }: Canaries): Promise<Buffer> {
  using asker = await Asker.open(socket);
  const uids = [process.getuid?.() ?? 0];
  await asker.must("init", {}, passphrase);
  for (const bytes of [value, valueWith(value, 40_000)])
    await asker.must("set", { name: "canary/value" }, bytes);
  await asker.must("grant", { selector: "canary/value", may: ["get"], uids });
  expect((await asker.must("get", { name: "canary/value" })).payload).toHaveLength(40_000);
  await asker.must("get", { name: "canary/value", admin: true });
  await asker.must("show", { name: "canary/value" });
  expect(codeOf(await asker.ask("auth", {}, wrong))).toBe("wrong-passphrase");
  const token = (await asker.must("token-new", { label: "canary" })).payload;
  await asker.must("grant", { selector: "canary/token", may: ["get"], tokens: ["canary"] });
  await asker.must("set", { name: "canary/token" }, value);
  await asker.must("get", { name: "canary/token" }, token);
  expect(codeOf(await asker.ask("get", { name: "canary/none" }, token))).toBe("denied");
  await asker.must("slot-add", { kind: "passphrase", label: "second" }, next);
  await asker.must("auth", {}, passphrase);
  await asker.must("passwd", {}, next);
  await asker.must("lock");
  await asker.must("unlock", {}, next);
  asker.raw.send(asker.frame("set", { name: "canary/value", attributes: { "": "x" } }, value)); // not acceptable
  await asker.raw.reply();
  return token;
}
