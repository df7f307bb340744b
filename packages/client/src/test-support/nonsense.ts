/** What an agent should never answer to a `get`. Not part of the package. */
import { encodeHeader } from "../protocol/header.ts";
import { frameOf } from "./bytes.ts";

/** Stands for a value in all of them: no error may quote it. */
export const canary = "canary-hunter2";
export const header = (fields: Record<string, unknown>): Buffer => encodeHeader(fields as never);
export const good = { id: 1, ok: true, attributes: { username: canary }, version: 3 };
export const payload = Buffer.from(canary);
const huge = (digits: string): Buffer => Buffer.from(digits + Buffer.from(canary).toString("hex"), "hex");
export const NONSENSE: readonly (readonly [what: string, bytes: Buffer])[] = [
  ["another id", frameOf(header({ ...good, id: 2 }), payload)],
  ["an id of nil with a success", frameOf(header({ ...good, id: null }), payload)],
  ["no id", frameOf(header({ ...good, id: undefined }), payload)],
  ["text", Buffer.from(`HTTP/1.1 200 OK\r\n\r\n${canary}`)],
  ["a header of no bytes", huge("0000000000000000")],
  ["a header of 4 GiB", huge("ffffffff00000000")],
  ["a payload of 4 GiB", huge("00000001ffffffff")],
  ["a payload above 1 MiB", huge("0000000100100001")],
  ["a good header, and a byte above 1 MiB", frameOf(header(good), Buffer.alloc(1024 * 1024 + 1, canary))],
  ["a map cut off", frameOf(header(good).subarray(0, -1), payload)],
  ["a byte too many", frameOf(Buffer.concat([header(good), payload]), payload)],
  ["an ext type", frameOf(Buffer.from("81a178d40000", "hex"), payload)],
  ["a duplicate key", frameOf(Buffer.from("82a2696401a2696401", "hex"), payload)],
  ["a key of a prototype", frameOf(Buffer.from("81a95f5f70726f746f5f5f80", "hex"), payload)],
  ["invalid UTF-8", frameOf(Buffer.from("81a178a1ff", "hex"), payload)],
  ["an array", frameOf(Buffer.from("9101", "hex"), payload)],
  ["no version", frameOf(header({ ...good, version: undefined }), payload)],
  ["a version of text", frameOf(header({ ...good, version: canary }), payload)],
  ["attributes of text", frameOf(header({ ...good, attributes: canary }), payload)],
  [
    "a control character in an attribute",
    frameOf(header({ ...good, attributes: { a: `\u001b${canary}` } }), payload),
  ],
  ["`ok` of text", frameOf(header({ ...good, ok: canary }), payload)],
  ["an unknown code", frameOf(header({ id: 1, ok: false, error: canary }))],
  ["a local code", frameOf(header({ id: 1, ok: false, error: "untrusted" }))],
  ["a failure with a payload", frameOf(header({ id: 1, ok: false, error: "denied" }), payload)],
  ["a failure with free text", frameOf(header({ id: 1, ok: false, error: "vault-damaged", reason: canary }))],
];
