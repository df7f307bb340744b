/** Parsers of what the conditions of a rule take. None quotes what it was given: a value at the wrong place could be a secret. */
import {
  isLabel,
  isPlainPath,
  isPrintable,
  isSha256,
  isSid,
  isUnitName,
  MAX_OF_A_KIND,
  MAX_PATH_BYTES,
  MAX_RATE,
  MAX_RATE_MS,
  parseDuration,
  parseWindow,
  TOKEN_CHARACTERS,
} from "@sotto/client/protocol";
import { usage } from "../failure/failure.ts";
import type { Parser } from "./option-values.ts";
import { repeated } from "./option-values.ts";

/** For options that say one thing: the last of several would silently win. */
export const once =
  (parse: Parser): Parser =>
  (text, option, previous) => {
    if (previous !== undefined) throw usage(`${option} may be given once only`);
    return parse(text, option, undefined);
  };

/** Adds each parsed value to a list of at most 32, of which any suffices. */
export const several =
  (parse: Parser): Parser =>
  (text, option, previous) => {
    const all = repeated(parse)(text, option, previous) as unknown[];
    if (all.length <= MAX_OF_A_KIND) return all;
    throw usage(`${option} may be given ${MAX_OF_A_KIND} times`, "make a second rule for the others");
  };

/** One of a few words. */
export const oneWord =
  (...allowed: readonly string[]): Parser =>
  (text, option) => {
    if (allowed.includes(text)) return text;
    throw usage(`${option} takes ${allowed.join(" or ")}`);
  };

/** Kinds of units that run no processes of their own (systemd.unit(5)). */
const OTHER_UNIT = /\.(?:socket|target|device|mount|automount|swap|timer|path|slice)$/;
const TEMPLATE = /@\.(?:service|scope)$/;

/** The full name of a unit; one without a suffix is a service, as for systemctl(1). */
export const unit: Parser = (text, option) => {
  if (OTHER_UNIT.test(text))
    throw usage(
      `${option} takes a service or a scope: other units run no processes`,
      "a timer, socket or path starts a service, mostly of its own name: name that one",
    );
  const name = /\.(?:service|scope)$/.test(text) ? text : `${text}.service`;
  if (TEMPLATE.test(name))
    throw usage(`${option}: no process runs in a template`, "name an instance, such as backup@db.service");
  if (!isUnitName(name))
    throw usage(
      `${option} takes the name of a systemd unit, such as backup.service`,
      "systemctl list-units shows them; systemd-escape makes a name of what is not one",
    );
  return name;
};

/** A SID of Windows, such as `whoami /user` shows. */
export const sid: Parser = (text, option) => {
  if (isSid(text)) return text;
  throw usage(
    `${option} takes a SID, such as S-1-5-21-1004336348-1177238915-682003330-512`,
    "whoami /user shows one's own",
  );
};

/** The label of a token. Who gives the token itself has put it where everybody can see it. */
export const label: Parser = (text, option) => {
  if (isLabel(text)) return text;
  const isToken = text.length === TOKEN_CHARACTERS && /^[A-Za-z0-9_-]+$/.test(text);
  throw usage(
    `${option} takes the label of a token${isToken ? ", never the token itself" : ""}`,
    isToken
      ? "that token can now be read in the list of processes and the shell's history: make another one"
      : "agent token list shows the labels",
  );
};

/** An absolute path without a detour. Whether there is such a program is for the agent to say. */
export const path: Parser = (text, option) => {
  if (!text.startsWith("/") && !/^[A-Za-z]:/.test(text))
    throw usage(`${option} takes an absolute path`, "command -v NAME shows where a program is");
  if (!isPlainPath(text))
    throw usage(`${option} takes a path without //, /./, /../ or a / at its end`, "realpath shows it");
  if (Buffer.byteLength(text) > MAX_PATH_BYTES || !isPrintable(text))
    throw usage(`${option} takes one line of at most ${MAX_PATH_BYTES} bytes`);
  return text;
};

/** As sha256sum(1) prints it; nothing is folded, so that what is compared is what stands there. */
export const sha256: Parser = (text, option) => {
  if (isSha256(text)) return text;
  const capital = /^[0-9A-Fa-f]{64}$/.test(text);
  throw usage(
    `${option} takes 64 hexadecimal digits${capital ? " in lower case" : ""}`,
    "sha256sum FILE prints them",
  );
};

/** A time of the week. Whether there is such a time zone is for the agent to say. */
export const window: Parser = (text, option) => {
  if (parseWindow(text) !== undefined) return text;
  const noZone = parseWindow(`${text} UTC`) !== undefined;
  throw usage(
    `${option} ${noZone ? "lacks the time zone" : "takes [DAYS ]HH:MM-HH:MM ZONE"}`,
    'such as "Mon-Fri 02:00-02:15 Europe/Berlin", "Sat,Sun 22:00-06:00 UTC" or "00:00-24:00 UTC"; the end is not included',
  );
};

/** `COUNT/DURATION`: so many fetches in any such time. */
export const rate: Parser = (text, option) => {
  const [, digits, time] = /^([1-9]\d{0,6})\/(.*)$/s.exec(text) ?? [];
  const perMs = time === undefined ? undefined : parseDuration(time);
  const count = Number(digits);
  if (perMs === undefined)
    throw usage(`${option} takes COUNT/DURATION`, "such as 5/1h: five fetches in any hour, for each user");
  if (count > MAX_RATE || perMs > MAX_RATE_MS)
    throw usage(`${option}: at most ${MAX_RATE} fetches in at most ${MAX_RATE_MS / 86_400_000}d`);
  return { count, perMs };
};
