import { MAX_NAME_BYTES } from "./limits.ts";

const SEGMENT = "[a-z0-9](?:[a-z0-9_.-]{0,62}[a-z0-9])?";
const NAME = new RegExp(`^${SEGMENT}(?:/${SEGMENT}){0,7}$`);
const EVERYTHING_BELOW = "/**";

/** The one key of Object.prototype that the grammar would let through: a careless reader would find it in any object. */
const RESERVED_SEGMENT = "constructor";

/**
 * True for a name of a secret: one to eight segments of `[a-z0-9_.-]`, none of them `constructor`, no `..`,
 * at most 255 bytes. Nothing is folded or normalised: what is not a name is refused.
 */
export function isSecretName(value: string): boolean {
  if (value.length > MAX_NAME_BYTES || !NAME.test(value) || value.includes("..")) return false;
  return !value.includes(RESERVED_SEGMENT) || !value.split("/").includes(RESERVED_SEGMENT);
}

/** True for what a rule may name: one secret, or `prefix/**` for everything below a prefix. */
export function isSelector(value: string): boolean {
  return isSecretName(selectorPrefix(value) ?? value);
}

/** The prefix of a `prefix/**` selector, without the slash; undefined for the name of one secret. */
export function selectorPrefix(selector: string): string | undefined {
  return selector.endsWith(EVERYTHING_BELOW) ? selector.slice(0, -EVERYTHING_BELOW.length) : undefined;
}

const UNIT = /^[A-Za-z0-9:_.\\@-]{1,247}\.(?:service|scope)$/;

/** True for the full name of a systemd unit that runs processes (systemd.unit(5)), such as `backup.service`. */
export function isUnitName(value: string): boolean {
  return UNIT.test(value);
}

/** True for the label of a token: one segment of a name. */
export function isLabel(value: string): boolean {
  return isSecretName(value) && !value.includes("/");
}

/** True for an absolute path without a detour: what it names can be read off it. */
export function isPlainPath(value: string): boolean {
  return value.startsWith("/") ? !/\/\/|\/\.\.?(?:\/|$)|.\/$/.test(value) : WINDOWS_PATH.test(value);
}

/** From the root of a drive, without streams, and without names that end in what Windows leaves out. */
const WINDOWS_PATH = /^[A-Za-z]:(?:\\[^\\/:*?"<>|]*[^\\/:*?"<>|. ])+$/;

/** True for a SHA-256 as sha256sum(1) prints it. */
export function isSha256(value: string): boolean {
  return /^[0-9a-f]{64}$/.test(value);
}

const ACCOUNT = /^[^\s:,-][^\s:,]*$/;
const NUMBER = /^[+-]?[0-9]+$/;
/** MS-DTYP 2.4.2.1: an authority, and one to fifteen numbers below it. */
const SID = /^S-1-(?:0|[1-9][0-9]{0,14})(?:-(?:0|[1-9][0-9]{0,9})){1,15}$/;

/** True for the text form of a SID in its one spelling, such as `S-1-5-18`. */
export const isSid = (value: string): boolean => SID.test(value);

/** True for what may be the name of a user or group. A number is none: it could be taken for an id. */
export function isAccountName(value: string): boolean {
  return ACCOUNT.test(value) && !NUMBER.test(value);
}
