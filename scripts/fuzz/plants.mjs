/** Bugs to plant: what a target must find. By target, what is broken, and the broken code. */
import { encodeHeader, unpack } from "../../packages/client/dist/protocol/index.js";
import { decide } from "../../packages/agent/dist/access/decide.js";
import { isWithin } from "../../packages/agent/dist/access/window.js";
import { readHeader, writeHeader } from "../../packages/agent/dist/vault/header.js";
import { decodePayload, encodePayload } from "../../packages/agent/dist/vault/payload.js";
import { asRule } from "../../packages/agent/dist/vault/shapes.js";

/** Reads what is left without its last byte, where the whole is refused. */
const passingOverAByte =
  (read) =>
  (bytes, ...rest) => {
    try {
      return read(bytes, ...rest);
    } catch {
      return read(bytes.subarray(0, -1), ...rest);
    }
  };

/** As careless code would: an array that is as long as it says. */
function allocating(bytes) {
  const at = bytes.indexOf(0xdd);
  if (at >= 0 && at + 4 < bytes.length) new Array(-Buffer.from(bytes).readUInt32BE(at + 1));
  return unpack(bytes);
}

export const PLANTS = {
  header: [
    ["a byte after the map is passed over", { unpack: passingOverAByte(unpack) }],
    ["a length is believed", { unpack: allocating }],
    ["a field is not written", { encodeHeader: (fields) => encodeHeader({ ...fields, name: undefined }) }],
  ],
  vault: [
    ["a time is not written", { writeHeader: (file, header) => writeHeader(file, { ...header, saved: 0 }) }],
    [
      "flags are not looked at",
      { readHeader: (file) => (file[10] > 0 ? { slots: [], generation: 1 } : readHeader(file)) },
    ],
    [
      "the number of slots is believed",
      { readHeader: (file) => (file.readUInt8(file[65] * 243), readHeader(file)) },
    ],
  ],
  payload: [
    ["a byte after the document is passed over", { decodePayload: passingOverAByte(decodePayload) }],
    [
      "tokens are not written",
      { encodePayload: (contents, slots) => encodePayload({ ...contents, tokens: [] }, slots) },
    ],
  ],
  rule: [
    ["a condition gets lost", { asRule: (map) => ({ ...asRule(map), expires: undefined }) }],
    [
      "a rule lets everybody in",
      {
        decide: (rules, asked) =>
          rules[0].once === true ? { kind: "allowed", rule: rules[0] } : decide(rules, asked),
      },
    ],
    [
      "a window cannot be told",
      { isWithin: (text, time) => (text.startsWith("Mon") || isWithin(text, time) ? 1 : 0) },
    ],
  ],
};
