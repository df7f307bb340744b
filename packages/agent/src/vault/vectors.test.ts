import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { SLOT_KINDS, VAULT_REASONS } from "@sotto/client/protocol";
import { describe, expect, it } from "vitest";
import type { Contents } from "./contents.ts";
import { depsOf, getValue, MemoryStore, openVault, refusal } from "./kit.test.helper.ts";
import type { Vault } from "./vault.ts";
import type { Vector } from "./vectors.test.helper.ts";
import { makeVectors } from "./vectors.test.helper.ts";

const folder = fileURLToPath(new URL("../../../../test/vectors/vaults/", import.meta.url));

/** All that a vector may expect: anything else is a mistake in the vector. */
const EXPECTATIONS = new Set([
  "accept",
  "weak-kdf",
  "wrong-passphrase",
  ...VAULT_REASONS.map((reason) => `vault-damaged ${reason}`),
]);
const KEYS = ["comment", "contents", "expect", "key", "kind", "passphrase"];

if (process.env["SOTTO_WRITE_VECTORS"] === "1") {
  for (const [name, { file, ...about }] of await makeVectors()) {
    if (existsSync(`${folder}${name}.vault`)) continue; // what was accepted once must be accepted ever after
    writeFileSync(`${folder}${name}.vault`, file);
    writeFileSync(`${folder}${name}.json`, `${JSON.stringify(about, undefined, 2)}\n`);
  }
}

function readVector(name: string): Vector {
  const about = JSON.parse(readFileSync(`${folder}${name}.json`, "utf8")) as Omit<Vector, "file">;
  for (const key of Object.keys(about)) if (!KEYS.includes(key)) throw new Error(`unknown key ${key}`);
  if (!EXPECTATIONS.has(about.expect)) throw new Error(`unknown expectation ${about.expect}`);
  if (!SLOT_KINDS.includes(about.kind)) throw new Error("unknown kind");
  if ((about.contents === undefined) === (about.expect === "accept"))
    throw new Error("contents go with what is accepted");
  return { ...about, file: readFileSync(`${folder}${name}.vault`) };
}

/** What a vault holds, in the words of a vector. Reading a value may refuse it. */
function contentsOf(vault: Vault): Vector["contents"] {
  const { secrets, rules, tokens }: Contents = vault.contents;
  return {
    secrets: [...secrets.values()].map(({ name, attributes, versions }) => ({
      name,
      attributes: { ...attributes },
      versions: versions.map(({ number, created }) => ({
        number,
        created,
        value: getValue(vault, name, number).toString("hex"),
      })),
    })),
    rules,
    ...(tokens.length > 0 && {
      tokens: tokens.map((token) => ({ ...token, hash: token.hash.toString("hex") })),
    }),
  };
}

const names = readdirSync(folder)
  .filter((name) => name.endsWith(".vault"))
  .map((name) => name.slice(0, -".vault".length));

describe("vectors", () => {
  it("are there, each with its description", () => {
    expect(names.length).toBeGreaterThan(25);
    expect(readdirSync(folder).filter((name) => name.endsWith(".json"))).toHaveLength(names.length);
  });

  it.each(names)("%s", async (name) => {
    const vector = readVector(name);
    const store = new MemoryStore(vector.file);
    const { kind, passphrase, key } = vector;
    const bytes = key === undefined ? Buffer.from(passphrase) : Buffer.from(key, "hex");
    const opening = openVault(depsOf(store), { kind, bytes });
    let found: Vector["contents"];
    const reading = opening.then(({ vault }) => {
      try {
        found = contentsOf(vault);
      } finally {
        vault.destroy();
      }
    });
    const result = await refusal(reading);
    expect(result === "accepted" ? "accept" : result).toBe(vector.expect);
    if (vector.contents) expect(found).toEqual(vector.contents);
  });
});
