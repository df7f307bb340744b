/** What `agent exec` was asked to hand over. No parser quotes what it was given: a value at the wrong place could be a secret. */
import { isSecretName, MAX_ATTRIBUTE_KEY } from "@sotto/client/protocol";
import { usage } from "../failure/failure.ts";
import type { Parser } from "../parse/option-values.ts";
import { isLinux } from "../platform/index.ts";

/** A secret, or one of its attributes, in a variable of the environment. */
export interface EnvRequest {
  readonly variable: string;
  readonly name: string;
  readonly attribute: string | undefined;
}

/** A secret that the command reads from a descriptor. */
export interface FdRequest {
  readonly fd: number;
  readonly name: string;
}

/** A secret in a file whose path is in a variable. */
export interface FileRequest {
  readonly variable: string;
  readonly name: string;
}

const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** Those that decide which program runs, and those that shells set themselves or let nobody set. */
const TAKEN = new Set([
  ...["PATH", "IFS", "_", "PWD", "OLDPWD", "SHLVL", "OPTIND", "PPID", "UID", "EUID"],
  ...["BASHOPTS", "SHELLOPTS", "BASH_VERSINFO"],
]);
/** Windows does not tell small letters from capitals. */
const TAKEN_ON_WINDOWS = new Set(["PATH", "PATHEXT", "COMSPEC", "SYSTEMROOT", "WINDIR"]);
const isTaken = (variable: string): boolean =>
  isLinux ? TAKEN.has(variable) : TAKEN_ON_WINDOWS.has(variable.toUpperCase());
const ATTRIBUTE = new RegExp(`^[A-Za-z0-9_.-]{1,${MAX_ATTRIBUTE_KEY}}$`);
const FIRST_FD = 3;
const LAST_FD = 255;

/** `VAR=NAME` or `VAR=NAME#ATTR`, added to those so far. */
export const envOption: Parser = (text, option, previous) => {
  const [variable, rest] = split(text, option, "VAR=NAME or VAR=NAME#ATTR");
  const [name = "", attribute, ...more] = rest.split("#");
  checkVariable(variable, option);
  checkName(name, option);
  if (more.length > 0 || (attribute !== undefined && !ATTRIBUTE.test(attribute)))
    throw usage(
      `${option}: what follows the # is not the key of an attribute`,
      "a key holds letters, digits, and _ . -",
    );
  return [...((previous as EnvRequest[] | undefined) ?? []), { variable, name, attribute }];
};

/** `N=NAME`, added to those so far. */
export const fdOption: Parser = (text, option, previous) => {
  const [digits, name] = split(text, option, "N=NAME");
  const fd = /^\d{1,3}$/.test(digits) ? Number(digits) : NaN;
  if (!(fd >= FIRST_FD && fd <= LAST_FD))
    throw usage(`${option} takes a descriptor from ${FIRST_FD} to ${LAST_FD}, such as 3=bank/login`);
  checkName(name, option);
  return [...((previous as FdRequest[] | undefined) ?? []), { fd, name }];
};

/** `VAR=NAME`, added to those so far. */
export const fileOption: Parser = (text, option, previous) => {
  const [variable, name] = split(text, option, "VAR=NAME");
  checkVariable(variable, option);
  checkName(name, option);
  return [...((previous as FileRequest[] | undefined) ?? []), { variable, name }];
};

function split(text: string, option: string, form: string): [before: string, after: string] {
  const at = text.indexOf("=");
  if (at < 0) throw usage(`${option} takes ${form}`, "agent exec --help shows an example");
  return [text.slice(0, at), text.slice(at + 1)];
}

function checkVariable(variable: string, option: string): void {
  if (!VARIABLE.test(variable))
    throw usage(
      `${option}: that is not the name of a variable`,
      "a name holds letters, digits and _, and starts with no digit",
    );
  if (isTaken(variable)) throw usage(`${option}: ${variable} cannot be set to a secret`);
}

function checkName(name: string, option: string): void {
  if (!isSecretName(name))
    throw usage(`${option}: that is not a valid name of a secret`, "a name looks like bank/login");
}

/** Options of `agent exec`, as parsed. */
export interface ExecOptions {
  readonly env?: readonly EnvRequest[];
  readonly fd?: readonly FdRequest[];
  readonly file?: readonly FileRequest[];
  /** Milliseconds. */
  readonly wait?: number;
  readonly tokenFile?: string;
}

/** All that is asked for, each place once. */
export interface Requests {
  readonly env: readonly EnvRequest[];
  readonly fd: readonly FdRequest[];
  readonly file: readonly FileRequest[];
}

/** Throws a usage failure where nothing is asked for, or two things for one place. */
export function requestsOf({ env = [], fd = [], file = [] }: ExecOptions): Requests {
  if (env.length + fd.length + file.length === 0)
    throw usage("no secret is asked for", "--env, --fd or --file names one");
  const places = [...env, ...file].map(({ variable }) => variable);
  const twice = places.find((one, i) => places.indexOf(one) !== i);
  if (twice !== undefined) throw usage(`${twice} is asked for twice`);
  const fds = fd.map((one) => one.fd);
  if (new Set(fds).size < fds.length) throw usage("a descriptor is asked for twice");
  return { env, fd, file };
}
