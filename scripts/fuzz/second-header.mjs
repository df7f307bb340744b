/** A second judge of a vault's header, made from VAULT.md and from no code beside it. */
import sodium from "sodium-native";

const MAGIC = Buffer.from("534f54544ff50d0a", "hex");
const SLOTS = 90;
const SLOT = 243;
/** Follows a slot of these types: a length, and that many bytes of 1022; the rest is zero. */
const KEPT = 1024;
const KEPT_TYPES = [17, 18];
const TRAILER = 64;
const WIDEST = 2n ** 53n - 1n;
const MAX_SLOTS = 16;
const KDF = { passes: [1, 10], memoryKib: [8, 1024 * 1024] };
/** Control characters, and the two separators that end a line as well. */
const CONTROL = /[\p{Cc}\u2028\u2029]/u;

export const headerLength = (slots) => SLOTS + slots * SLOT + TRAILER;

/** BLAKE2b-256 without a key over the header up to the checksum. */
export function checksum(header) {
  const sum = Buffer.alloc(32);
  sodium.crypto_generichash(sum, header.subarray(0, header.length - TRAILER));
  return sum;
}

/** Whether a file begins with a header as VAULT.md has it. What needs a key is not judged. */
export function isSound(file) {
  if (file.length < headerLength(1) + 4096 + 16) return false;
  const length = file.readUInt32LE(12);
  const count = file.readUInt8(65);
  const payload = file.length - length - 16;
  if (count < 1 || count > MAX_SLOTS || length > file.length) return false;
  if (payload < 4096 || payload % 4096 !== 0) return false;
  const header = file.subarray(0, length);
  const slots = slotsOf(header, count);
  return (
    slots.reduce((sum, slot) => sum + slot.length, SLOTS + TRAILER) === length &&
    isFixedPart(file) &&
    slots.every(isSlot) &&
    new Set(slots.map((slot) => slot.toString("hex", 1, 17))).size === count &&
    checksum(header).equals(header.subarray(length - TRAILER, length - 32))
  );
}

/** One after the other, each as long as its type has it; what is beyond the end of the header is missing. */
function slotsOf(header, count) {
  const slots = [];
  let at = SLOTS;
  for (let i = 0; i < count; i++) {
    const length = SLOT + (KEPT_TYPES.includes(header[at]) ? KEPT : 0);
    slots.push(header.subarray(at, at + length));
    at += length;
  }
  return slots;
}

function isFixedPart(file) {
  const [generation, created, saved] = [40, 48, 56].map((at) => file.readBigUInt64LE(at));
  return (
    file.subarray(0, 8).equals(MAGIC) &&
    file.readUInt16LE(8) === 1 &&
    file.readUInt16LE(10) === 0 &&
    file.readBigUInt64LE(16) === BigInt(file.length) &&
    file.readUInt8(64) === 1 &&
    generation >= 1n &&
    [generation, created, saved].every((one) => one <= WIDEST)
  );
}

function isSlot(slot) {
  const [label, rest] = [slot.subarray(18, 18 + slot[17]), slot.subarray(18 + slot[17], 82)];
  const text = label.toString("utf8");
  return (
    [1, 2, ...KEPT_TYPES].includes(slot[0]) &&
    slot[17] <= 64 &&
    rest.every((byte) => byte === 0) &&
    Buffer.from(text).equals(label) &&
    !CONTROL.test(text) &&
    slot[82] === 1 &&
    isWithin(slot.readUInt32LE(83), KDF.passes) &&
    isWithin(slot.readUInt32LE(87), KDF.memoryKib) &&
    (slot.length === SLOT || isKept(slot.subarray(SLOT)))
  );
}

function isKept(field) {
  const length = field.readUInt16LE(0);
  return length >= 1 && length <= KEPT - 2 && field.subarray(2 + length).every((byte) => byte === 0);
}

const isWithin = (value, [least, most]) => value >= least && value <= most;
