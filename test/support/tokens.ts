import type { HeaderFields } from "@sotto/client/protocol";
import { succeeded } from "./live-agent.ts";
import type { RawConnection } from "./raw-connection.ts";

let labels = 0;

/** A label that was not used before, also not by the same test when it is tried again. */
export const freshLabel = (start: string): string => `${start}-${++labels}`;

/** Makes a token and returns its characters. */
export async function makeToken(
  administrator: RawConnection,
  label: string,
  fields: HeaderFields = {},
): Promise<Buffer> {
  const reply = await administrator.request({ v: 1, id: 1, verb: "token-new", label, ...fields });
  return Buffer.from(succeeded(reply).payload);
}

/** The token with the lowest bit of one byte flipped; a negative place counts from the end. */
export function spoiled(token: Buffer, at: number): Buffer {
  const wrong = Buffer.from(token);
  const place = at < 0 ? token.length + at : at;
  wrong.writeUInt8(wrong.readUInt8(place) ^ 1, place);
  return wrong;
}
