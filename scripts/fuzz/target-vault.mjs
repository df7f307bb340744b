/**
 * The header of a vault file. The first byte of an input says what is put right before it is read, since no fuzzer finds a
 * hash by trying: bit 0 the two lengths, bit 1 the checksum. The rest is the header; an empty payload is put behind it.
 */
import { AgentError } from "../../packages/agent/dist/errors.js";
import * as vault from "../../packages/agent/dist/vault/header.js";
import { must, outcome } from "./oracle.mjs";
import { checksum, isSound } from "./second-header.mjs";

const REASONS = ["magic", "version", "flags", "length", "checksum", "slots", "kdf", "schema"];
const PAYLOAD = Buffer.alloc(4096 + 16);
const MAC_BYTES = 32;
const [LENGTHS, CHECKSUM] = [1, 2];

const reasonOf = (error) =>
  error instanceof AgentError && error.code === "vault-damaged" ? error.details.reason : undefined;

/**
 * @param code the functions under test, the real ones unless a test breaks some of them
 * @returns a function that says what became of its input, `accept` or a reason, and throws a `Finding`
 */
export function vaultTarget(code = {}) {
  const { readHeader, readStamp, writeHeader } = { ...vault, ...code };
  return (bytes) => {
    if (bytes.length === 0) return "length";
    const file = fileOf(bytes);
    const { verdict, value } = outcome(() => readHeader(file), REASONS, reasonOf);
    const sound = isSound(file);
    must((verdict === "accept") === sound, `the reader says ${verdict}, the second judge ${String(sound)}`);
    const stamp = outcome(() => readStamp(file), ["magic", "schema"], reasonOf);
    if (verdict !== "accept") return verdict;
    must(stamp.value?.generation === value.generation, "the stamp is another than the header's");
    const written = writeHeader(Buffer.alloc(file.length), value);
    value.bytes.subarray(-MAC_BYTES).copy(written, written.length - MAC_BYTES);
    must(written.equals(value.bytes), "written again it is not the same header");
    return verdict;
  };
}

function fileOf([repairs, ...rest]) {
  const file = Buffer.concat([Buffer.from(rest), PAYLOAD]);
  const length = rest.length;
  if (repairs & LENGTHS) {
    file.writeUInt32LE(length, 12);
    file.writeBigUInt64LE(BigInt(file.length), 16);
  }
  if (repairs & CHECKSUM && length >= 2 * MAC_BYTES)
    checksum(file.subarray(0, length)).copy(file, length - 2 * MAC_BYTES);
  return file;
}
