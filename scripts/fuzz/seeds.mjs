/** Inputs to begin with: what the vectors hold, and what a full payload and a full rule look like. */
import { readdirSync, readFileSync } from "node:fs";
import { pack } from "../../packages/client/dist/protocol/index.js";
import { SLOTS } from "./target-payload.mjs";

const FRAMES = new URL("../../test/vectors/frames/", import.meta.url);
const VAULTS = new URL("../../test/vectors/vaults/", import.meta.url);
const PREFIX_BYTES = 8;
const MOST_BYTES = 4096;

const RULES = [
  { id: "0a1b", created: 1, selector: "db/**", may: ["get"], uids: [0, 4_294_967_294] },
  {
    id: "ff",
    created: 0,
    selector: "mail/password",
    may: ["get", "set"],
    users: [{ name: "backup", id: 34 }],
    gids: [5],
    groups: [{ name: "ops", id: 2_147_483_648 }],
  },
  {
    id: "c0",
    created: 1_700_000_000_000,
    selector: "db/main",
    may: ["get"],
    units: ["backup.service", "nightly@a\\x2db.scope"],
    tokens: ["nightly", "weekly.v2"],
    exes: ["/usr/bin/python3.11", "/opt/a b/é"],
    interpreter: true,
    sha256s: ["0123456789abcdef".repeat(4)],
    ancestors: ["/usr/sbin/cron"],
    windows: ["Mon-Fri 02:00-02:15 Europe/Berlin", "Sat,Sun 22:00-24:00 UTC"],
    rate: { count: 5, perMs: 3_600_000 },
    once: true,
    expires: 253_402_300_799_999,
    used: 1_700_000_000_001,
  },
];
const HASH = Buffer.alloc(32, 7);
const TOKENS = [
  { label: "nightly", hash: HASH, created: 1 },
  { label: "weekly.v2", hash: HASH, created: 0, uid: 4_294_967_294, expires: 1 },
];

/** A secret as the payload has it: its description, and for each version as many bytes as its value has sealed. */
function secret(byte, name, attributes, sizes) {
  const versions = sizes.map((size, i) => ({ number: i + 1, created: 1_700_000_000_000, size }));
  const description = pack({ id: Buffer.alloc(16, byte), name, attributes, versions });
  return [description, ...sizes.map((size) => Buffer.alloc(size + 40, byte))];
}

function payload(secrets, rules, tokens) {
  const slots = SLOTS.map(({ id }) => ({ id, key: Buffer.alloc(32, 9) }));
  return pack({ secrets, rules, tokens, settings: {}, slots });
}

const SECRETS = [
  secret(3, "mail/password", { username: "app", url: "imaps://é" }, [5, 0]),
  secret(4, "db/main", {}, [6]),
];

function frames() {
  return readdirSync(FRAMES)
    .filter((name) => name.endsWith(".txt"))
    .map((name) => readFileSync(new URL(name, FRAMES), "utf8").split(/\n\n(.*)/s)[1] ?? "")
    .map((digits) => Buffer.from(digits.replaceAll(/#.*$/gm, "").replaceAll(/\s/g, ""), "hex"))
    .map((frame) => frame.subarray(PREFIX_BYTES, PREFIX_BYTES + frame.readUInt32BE()));
}

/** Each as it is, and with its lengths and its checksum put right. */
function vaults() {
  return readdirSync(VAULTS)
    .filter((name) => name.endsWith(".vault"))
    .map((name) => readFileSync(new URL(name, VAULTS)))
    .map((file) => file.subarray(0, file.readUInt32LE(12)))
    .flatMap((header) => [0, 3].map((repairs) => Buffer.concat([Buffer.from([repairs]), header])));
}

/** @returns {Record<string, Buffer[]>} by target */
export function seeds() {
  const all = {
    header: frames(),
    vault: vaults(),
    payload: [
      payload([], [], []),
      Buffer.concat([payload([], RULES, []), pack(null)]),
      payload(SECRETS, RULES, TOKENS),
      payload(SECRETS.slice(1), [], TOKENS.slice(0, 1)),
      ...RULES.map((rule) => payload([], [rule], [])),
    ],
    rule: [...RULES, ...Object.keys(RULES[2]).map((key) => ({ ...RULES[1], [key]: RULES[2][key] }))].map(
      (rule) => pack(rule),
    ),
  };
  return Object.fromEntries(
    Object.entries(all).map(([name, inputs]) => [name, inputs.filter(({ length }) => length <= MOST_BYTES)]),
  );
}
