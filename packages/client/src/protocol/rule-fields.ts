import type { Decoder, FieldDecoders } from "./fields.ts";
import { flag, integer, list, oneOf, optional, record, selector, text } from "./fields.ts";
import { LONGEST_TIME_MS, MAX_OF_A_KIND, MAX_PATH_BYTES, MAX_RATE, MAX_RATE_MS } from "./limits.ts";
import { isAccountName, isLabel, isPlainPath, isSha256, isSid, isUnitName } from "./names.ts";
import { MAX_UNIX_ID } from "./unix-ids.ts";
import { ProtocolError } from "./errors.ts";
import type { DescribedPeer, Identity, NamedId, NamedSid, Narrowing, Operation, Rate } from "./rules.ts";
import { OPERATIONS } from "./rules.ts";
import { parseWindow } from "./window.ts";

/** What a rule is made of, as it travels and as the vault keeps it. */

const LONGEST_ACCOUNT_NAME = 256;

const thatIs =
  (accept: (value: string) => boolean): Decoder<string> =>
  (value) => {
    if (typeof value === "string" && accept(value)) return value;
    throw new ProtocolError("bad-request");
  };

export const unixId = integer(0, MAX_UNIX_ID);
/** Milliseconds since 1970, within what a date can hold. */
export const time = integer(0, LONGEST_TIME_MS);
/** The label of a token. */
export const label = thatIs(isLabel);
const some = <T>(decoder: Decoder<T>): Decoder<readonly T[] | undefined> =>
  optional(list(decoder, MAX_OF_A_KIND));
const accountText = text(LONGEST_ACCOUNT_NAME);
const accountName: Decoder<string> = (value) => thatIs(isAccountName)(accountText(value));
const namedId = record<NamedId>({ name: accountName, id: unixId });
/** A SID of Windows. */
export const sid = thatIs(isSid);
const namedSid = record<NamedSid>({ sid, name: optional(accountText) });
const unit = thatIs(isUnitName);
const anyPath = text(MAX_PATH_BYTES);
const path: Decoder<string> = (value) => thatIs(isPlainPath)(anyPath(value));
const sha256 = thatIs(isSha256);
const window = thatIs((value) => parseWindow(value) !== undefined);

const identity: FieldDecoders<Identity> = {
  uids: some(unixId),
  users: some(namedId),
  gids: some(unixId),
  groups: some(namedId),
  sids: some(namedSid),
  units: some(unit),
  tokens: some(label),
};

const narrowing: FieldDecoders<Narrowing> = {
  exes: some(path),
  interpreter: optional(flag),
  sha256s: some(sha256),
  ancestors: some(path),
  windows: some(window),
  rate: optional(record<Rate>({ count: integer(1, MAX_RATE), perMs: integer(1000, MAX_RATE_MS) })),
  once: optional(flag),
  expires: optional(time),
};

interface Granted extends Identity, Narrowing {
  readonly selector: string;
  readonly may: readonly Operation[];
}

/** The fields of a rule that its maker chooses. */
export const granted: FieldDecoders<Granted> = {
  selector,
  may: list(oneOf(...OPERATIONS), OPERATIONS.length),
  ...identity,
  ...narrowing,
};

const MAX_GROUPS = 1024;

/** What is seen of a live process may hold any text; what is described is held to the same form. */
export const describedPeer = record<DescribedPeer>({
  uid: integer(),
  gid: integer(),
  groups: list(integer(0, 0xffff_ffff), MAX_GROUPS),
  sid: optional(sid),
  unit: optional(unit),
  token: optional(label),
  exe: optional(anyPath),
  sha256: optional(sha256),
  ancestors: optional(list(anyPath, MAX_OF_A_KIND)),
});
