/** PROTOCOL.md is written by hand: this keeps it from saying something else than the code. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { hex } from "./test-support/bytes.ts";
import { parseVector } from "./test-support/vectors.ts";
import { deadlineOf, SLOW_MS } from "./deadlines.ts";
import { ERRORS, RULE_REASONS, VAULT_REASONS } from "./protocol/errors.ts";
import { decodeHeader } from "./protocol/header.ts";
import * as limits from "./protocol/limits.ts";
import { decodeReply, replyPayloadLimit } from "./protocol/replies.ts";
import { payloadLimit } from "./protocol/requests.ts";
import { granted } from "./protocol/rule-fields.ts";
import { CONDITIONS, DECISIONS, OPERATIONS } from "./protocol/rules.ts";
import type { Verb } from "./protocol/verbs.ts";
import { MEMORY_MODES, SLOT_KINDS, STATES, WARNINGS } from "./protocol/verbs.ts";

const TEXT = readFileSync(new URL("../PROTOCOL.md", import.meta.url), "utf8");
const VECTORS = new URL("../../../test/vectors/frames/", import.meta.url);

/** The rows of the table below a heading, as cells. */
function rows(heading: string): string[][] {
  const section = TEXT.split(`\n## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
  const lines = section.split("\n").filter((line) => line.startsWith("| "));
  return lines.map((line) => line.split("|").slice(1, -1).map((cell) => cell.trim())); // prettier-ignore
}

/** The first cells of the table below a heading whose own first cell is `column`. */
function column(heading: string, column: string): string[] {
  const section = TEXT.split(`\n## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
  const table = section.split("\n\n").find((part) => part.startsWith(`| ${column} |`)) ?? "";
  return [...table.matchAll(/^\| `([^`]+)` \|/gm)].map(([, cell = ""]) => cell);
}

const code = (cell = ""): string => /^`([^`]*)`/.exec(cell)?.[1] ?? "";
const examples = [...TEXT.matchAll(/```hex (.*)\n([^`]*)```/g)].map(([, title = "", body = ""]) => ({
  title,
  bytes: hex(body.replaceAll(/#.*$/gm, "")),
}));
const verbRows = rows("Verbs").filter((row) => /^`[a-z-]+`$/.test(row[0] ?? ""));
const verbs = verbRows.map((row) => code(row[0])) as Verb[];

describe("PROTOCOL.md", () => {
  it("names every verb once", () => {
    const known = Object.keys({
      status: 0, wait: 0, get: 0, list: 0, set: 0, show: 0, rename: 0, remove: 0, restore: 0, prune: 0, grant: 0,
      rules: 0, revoke: 0, init: 0, unlock: 0, auth: 0, lock: 0, stop: 0, passwd: 0, slots: 0, "slot-add": 0,
      "slot-remove": 0, "slot-test": 0, "token-new": 0, tokens: 0, "token-revoke": 0, explain: 0, "audit-check": 0,
    } satisfies Record<Verb, 0>); // prettier-ignore
    expect([...verbs].sort()).toEqual(known.sort());
  });

  it("says of every verb whether it takes and gives a payload", () => {
    for (const row of verbRows) {
      const verb = code(row[0]) as Verb;
      expect([verb, row[3] !== ""]).toEqual([verb, payloadLimit(verb) > 0]);
      expect([verb, row[5] !== ""]).toEqual([verb, replyPayloadLimit(verb) > 0]);
    }
  });

  it("names every code once", () => {
    const codes = rows("Errors").map((row) => code(row[0])).filter((one) => one !== ""); // prettier-ignore
    expect(codes.sort()).toEqual(Object.keys(ERRORS).sort());
  });

  it("names every word of a closed set", () => {
    for (const word of [
      ...VAULT_REASONS,
      ...CONDITIONS,
      ...DECISIONS,
      ...MEMORY_MODES,
      ...OPERATIONS,
      ...SLOT_KINDS,
      ...STATES,
      ...WARNINGS,
    ])
      expect(TEXT).toContain(`\`${word}\``);
  });

  it("names every reason for which a rule is refused once", () => {
    expect(column("Rules", "reason")).toEqual([...RULE_REASONS]);
  });

  it("describes every field of a rule once", () => {
    expect(column("Rules", "field").sort()).toEqual([...Object.keys(granted), "id", "used"].sort());
  });

  it("gives the limits as they are", () => {
    const said = (label: string): number[] => {
      const row = rows("Limits").find(([first]) => first === label);
      return [...(row?.[1] ?? "").matchAll(/\d[\d,]*/g)].map(([digits]) =>
        Number(digits.replaceAll(",", "")),
      );
    };
    expect(said("header")).toEqual([limits.MAX_HEADER_BYTES]);
    expect(said("payload")).toEqual([limits.MAX_PAYLOAD_BYTES, limits.MAX_PASSPHRASE_BYTES]);
    expect(said("depth of a header")).toEqual([limits.MAX_DEPTH]);
    expect(said("a rule, as msgpack")).toEqual([limits.MAX_RULE_BYTES]);
    expect(said("a described peer, as msgpack")).toEqual([limits.MAX_DESCRIPTION_BYTES]);
    expect(said("a path in a rule")).toEqual([limits.MAX_PATH_BYTES]);
    expect(said("label of a token")).toEqual([limits.MAX_TOKEN_LABEL]);
    expect(said("fetches and time of a `rate`")).toEqual([limits.MAX_RATE, limits.MAX_RATE_MS]);
    expect(said("a point in time")).toEqual([limits.LONGEST_TIME_MS]);
    expect(said("checkpoints in one request")).toEqual([limits.MAX_CHECKPOINTS]);
    expect(said("first byte after connecting")).toEqual([limits.FIRST_BYTE_MS / 1000]);
    expect(said("a frame that has begun, in either direction")).toEqual([limits.FRAME_MS / 1000]);
    expect(said("a connection without a request in progress")).toEqual([limits.IDLE_MS / 1000]);
    expect(said("`wait`")).toEqual([limits.MAX_WAIT_MS / 1000]);
    expect(said("connections of one uid")).toEqual([limits.MAX_CONNECTIONS_PER_UID]);
    expect(said("connections in all")).toEqual([limits.MAX_CONNECTIONS]);
    expect(said("connections above one of these that wait to be served, and how long")).toEqual([
      limits.MAX_WAITING_CONNECTIONS,
      limits.PLACE_WAIT_MS,
    ]);
  });

  it("names the verbs that a client gives a minute", () => {
    const sentence = /after 60 s for verbs that derive a key or save: ([^.]*)\./.exec(TEXT)?.[1] ?? "";
    const named = [...sentence.matchAll(/`([^`]+)`/g)].map((match) => match[1]);
    const slow = verbs.filter((verb) => deadlineOf(verb, { timeoutMs: 0 }) === SLOW_MS);
    expect(named.sort()).toEqual(slow.sort());
  });

  it("has examples of requests that are vectors, and of replies that can be decoded", () => {
    expect(examples.length).toBe(4);
    for (const { title, bytes } of examples) {
      const [kind = "", verb] = title.split(" ");
      if (verb === undefined) {
        expect(bytes).toEqual(parseVector(readFileSync(new URL(`${kind}.txt`, VECTORS), "utf8")).bytes);
        continue;
      }
      const headerEnd = 8 + bytes.readUInt32BE(0);
      expect(decodeReply(verb as Verb, decodeHeader(bytes.subarray(8, headerEnd))).id).toBe(1);
      expect(bytes.length - headerEnd).toBe(bytes.readUInt32BE(4));
    }
  });
});
