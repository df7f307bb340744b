/** The decrypted payload of a vault with two slots, whose ids are sixteen times 1 and sixteen times 2. */
import { decodeReply, pack, unpack } from "../../packages/client/dist/protocol/index.js";
import { toInfo } from "../../packages/agent/dist/access/rule.js";
import { AgentError } from "../../packages/agent/dist/errors.js";
import * as vault from "../../packages/agent/dist/vault/payload.js";
import { must, mustBeSame, outcome, plain } from "./oracle.mjs";
import { PAYLOAD, read } from "./second-reader.mjs";

/** As the header has them: of what a payload is checked against, only the id counts. */
export const SLOTS = [1, 2].map((byte) => ({ id: Buffer.alloc(16, byte) }));
const CHUNK = { plain: 8192, more: 40 };

/** The reason of a vault that is refused, as `schema`. */
export const reasonOf = (error) =>
  error instanceof AgentError && error.code === "vault-damaged" ? error.details.reason : undefined;

/**
 * @param code the functions under test, the real ones unless a test breaks some of them
 * @returns a function that says what became of its input, `accept` or a reason, and throws a `Finding`; what is accepted
 *   takes a while to be saved
 */
export function payloadTarget(code = {}) {
  const { decodePayload, encodePayload } = { ...vault, ...code };
  const decoded = (bytes) => outcome(() => decodePayload(bytes, SLOTS), ["schema"], reasonOf);
  const encoded = async ({ contents, slots }) => {
    const payload = await encodePayload(contents, slots);
    const bytes = Buffer.alloc(payload.length);
    await payload.writeTo(bytes);
    must(await payload.equals(bytes), "what was written is not what was to be written");
    const other = Buffer.from(bytes);
    other[other.length >> 1] ^= 1;
    must(!(await payload.equals(other)), "another payload counts as the same");
    return bytes;
  };
  const mustBeSavable = async (value) => {
    for (const one of [value, { ...value, contents: copyOf(value.contents) }])
      mustBeSame(decoded(await encoded(one)).value, value, "written again it reads differently");
  };
  return (input) => {
    const bytes = Buffer.from(input);
    const second = read(bytes, PAYLOAD);
    const { verdict, value } = decoded(bytes);
    if (second.verdict !== "accept") must(verdict !== "accept", "the second reader refuses it");
    if (verdict !== "accept") return verdict;
    mustBeSame(plain(value.contents), contentsIn(second.value), "it is not what the payload says");
    mustBeSound(value.contents);
    mustBeTellable(value.contents);
    return mustBeSavable(value).then(() => verdict);
  };
}

/** What the second reader makes of the parts that matter. */
function contentsIn(map) {
  const secrets = map.get("secrets").map(([description, ...sealed]) => {
    const { versions, ...rest } = plain(read(description, PAYLOAD).value);
    return { ...rest, versions: versions.map((version, i) => ({ ...version, sealed: sealed[i] })) };
  });
  const byName = Object.fromEntries(secrets.map((secret) => [secret.name, secret]));
  return { secrets: byName, rules: plain(map.get("rules")), tokens: plain(map.get("tokens")) };
}

/** What the reader promises to the rest of the agent (VAULT.md, Payload). */
function mustBeSound({ secrets, rules, tokens }) {
  for (const [name, secret] of secrets) {
    must(name === secret.name, "a secret under another name");
    must(secret.id.length === 16 && secret.versions.length > 0, "a secret without id or version");
    for (const { size, sealed } of secret.versions) {
      const chunks = Math.max(1, Math.ceil(size / CHUNK.plain));
      must(sealed.length === size + chunks * CHUNK.more, "a sealed value of another length");
    }
    const numbers = secret.versions.map(({ number }) => number);
    must(
      numbers.every((number, i) => number > (numbers[i - 1] ?? 0)),
      "versions out of order",
    );
  }
  mustDiffer(
    [...secrets.values()].map(({ id }) => id.toString("hex")),
    "ids of secrets",
  );
  mustDiffer(
    rules.map(({ id }) => id),
    "ids of rules",
  );
  mustDiffer(
    tokens.map(({ label }) => label),
    "labels of tokens",
  );
}

function mustDiffer(items, what) {
  must(new Set(items).size === items.length, `two ${what} are the same`);
}

/** What a vault may hold, a client must be able to read: nothing in it may break a listing. */
function mustBeTellable({ secrets, rules, tokens }) {
  for (const { name, attributes, versions } of secrets.values()) {
    told("list", { names: [name], more: false });
    told("get", { attributes, version: versions.at(-1).number });
  }
  if (rules.length > 0) told("rules", { rules: rules.map(toInfo), more: false });
  if (tokens.length > 0) told("tokens", { tokens: tokens.map(({ hash, ...info }) => info), more: false });
}

function told(verb, fields) {
  const reply = decodeReply(verb, unpack(pack({ id: 1, ok: true, ...fields })));
  must(reply.ok, "a reply that is an error");
}

/** The same contents in other objects: an encoder that remembers what it was told has to look. */
function copyOf({ secrets, rules, tokens }) {
  return {
    secrets: new Map([...secrets].map(([name, secret]) => [name, { ...secret }])),
    rules: rules.map((rule) => ({ ...rule })),
    tokens: tokens.map((token) => ({ ...token })),
  };
}
