/**
 * The one table of failures. A code travels on the wire; its text, its hint and its exit status of the
 * command line follow from here. Texts are constant: they never hold anything that a peer sent.
 */

interface ErrorEntry {
  /** Exit status of the command line. */
  readonly exit: number;
  readonly text: string;
  /** What the user can do next. */
  readonly hint?: string;
}

/** Codes that an agent may answer: a closed set. */
export const ERRORS = {
  "bad-frame": {
    exit: 2,
    text: "the agent could not read the request",
    hint: "is something other than a Sotto client speaking to it?",
  },
  "too-large": {
    exit: 2,
    text: "the request is too large",
    hint: "a value holds at most 1 MiB, a passphrase at most 1 KiB",
  },
  "bad-request": {
    exit: 2,
    text: "the request is not valid",
    hint: "see agent help COMMAND for what it takes",
  },
  "unsupported-version": {
    exit: 2,
    text: "the agent does not speak this version of the protocol",
    hint: "install the same version of agent and client, then restart the agent",
  },
  uninitialised: {
    exit: 3,
    text: "there is no vault yet",
    hint: "an administrator creates it with: agent init",
  },
  locked: { exit: 3, text: "the agent is locked", hint: "an administrator unlocks it with: agent unlock" },
  denied: {
    exit: 4,
    text: "denied, or no such secret",
    hint: "an administrator can allow it with: agent grant",
  },
  "not-found": {
    exit: 4,
    text: "no such secret, rule, slot or version",
    hint: "agent list --all, agent rules and agent slot list show what there is",
  },
  conflict: {
    exit: 9,
    text: "it was changed in the meantime, or exists already",
    hint: "look at what is there now, then try again",
  },
  "rate-limited": { exit: 11, text: "the rule allows no more fetches for now", hint: "try again later" },
  throttled: {
    exit: 7,
    text: "another attempt of this user is still being delayed",
    hint: "wait for its answer, then try again",
  },
  "wrong-passphrase": {
    exit: 7,
    text: "wrong passphrase",
    hint: "check the keyboard layout; a recovery code is given with: agent unlock --recovery",
  },
  "auth-required": {
    exit: 7,
    text: "the passphrase of an administrator is needed",
    hint: "type it at the prompt, or give it with --passphrase-fd",
  },
  "vault-damaged": {
    exit: 8,
    text: "the vault is damaged, or is not a vault of this agent",
    hint: "the agent's log names the reason; the version before is in vault.bak",
  },
  rollback: {
    exit: 8,
    text: "the vault is older than the one last seen",
    hint: "if you restored it on purpose: agent unlock --accept-rollback",
  },
  "weak-kdf": {
    exit: 8,
    text: "the vault's key derivation is weaker than allowed",
    hint: "if the vault is yours: agent unlock --upgrade-kdf",
  },
  "save-failed": {
    exit: 10,
    text: "the change could not be saved; nothing was changed",
    hint: "check the space and the permissions of the agent's home",
  },
  "audit-failed": {
    exit: 10,
    text: "the audit could not be written, so the request was refused",
    hint: "check the space and the permissions of the agent's home",
  },
  busy: { exit: 11, text: "the agent has no room for another request now", hint: "try again later" },
  internal: { exit: 1, text: "the agent failed unexpectedly", hint: "the agent's log says more" },
} as const satisfies Record<string, ErrorEntry>;

/** Codes that a client raises itself, without an answer of an agent. */
export const LOCAL_ERRORS = {
  unreachable: { exit: 5, text: "no agent answers", hint: "start it with: agent start" },
  timeout: {
    exit: 5,
    text: "the agent did not answer in time",
    hint: "is it stopped, or the machine overloaded?",
  },
  untrusted: {
    exit: 6,
    text: "the socket could be someone else's; nothing was sent",
    hint: "it and every folder above it must belong to root or to you, and nobody else may write there",
  },
  "bad-reply": {
    exit: 1,
    text: "the agent's answer could not be read",
    hint: "install the same version of agent and client",
  },
  aborted: { exit: 1, text: "the request was cancelled" },
  "bad-argument": { exit: 2, text: "the request is not valid" },
} as const satisfies Record<string, ErrorEntry>;

/** What exactly a client met, where one code covers several things that are put right differently. */
export const LOCAL_REASONS = {
  absent: {
    code: "unreachable",
    text: "no agent answers: there is no socket",
    hint: "start it with: agent start",
  },
  stale: {
    code: "unreachable",
    text: "no agent answers: nobody listens on the socket",
    hint: "the agent has ended; start it with: agent start",
  },
  forbidden: {
    code: "unreachable",
    text: "no agent answers: the socket may not be opened by this user",
    hint: "is it the right one? SOTTO_SOCKET or --socket names another",
  },
  "not-a-socket": {
    code: "unreachable",
    text: "no agent answers: what is there is not a socket",
    hint: "is it the right path? SOTTO_SOCKET or --socket names another",
  },
  closed: {
    code: "unreachable",
    text: "the agent closed the connection before it answered",
    hint: "it has ended, or refuses this user; the agent's log says more",
  },
  "path-length": {
    code: "bad-argument",
    text: "the path of the socket is longer than 100 bytes",
    hint: "place it elsewhere with --socket or SOTTO_SOCKET",
  },
  path: { code: "bad-argument", text: "the path of the socket is not valid", hint: undefined },
  disposed: {
    code: "bad-argument",
    text: "the secret was used after it had been disposed of",
    hint: undefined,
  },
} as const satisfies Record<
  string,
  { readonly code: keyof typeof LOCAL_ERRORS; readonly text: string; readonly hint: string | undefined }
>;

/** A code that an agent answers. */
export type ErrorCode = keyof typeof ERRORS;
/** A code that a client raises itself. */
export type LocalErrorCode = keyof typeof LOCAL_ERRORS;
/** What exactly a client met; each belongs to one local code. */
export type LocalReason = keyof typeof LOCAL_REASONS;

/** Why a vault was refused; sent to administrators beside `vault-damaged`. A closed set. */
export const VAULT_REASONS = [
  "not-a-file",
  "links",
  "owner",
  "mode",
  "size",
  "magic",
  "version",
  "flags",
  "length",
  "checksum",
  "slots",
  "kdf",
  "mac",
  "slot-key",
  "payload",
  "schema",
] as const;
export type VaultReason = (typeof VAULT_REASONS)[number];

/** Why a rule was refused; sent to administrators beside `bad-request`. A closed set. */
export const RULE_REASONS = [
  "rule-nobody",
  "rule-foreign",
  "rule-too-long",
  "rule-expired",
  "token-unknown",
  "token-set",
  "once-set",
  "rate-set",
  "zone-unknown",
  "exe-right",
  "exe-missing",
  "exe-symlink",
  "exe-not-a-program",
  "exe-owner",
  "exe-writable",
  "exe-links",
  "exe-mount",
  "exe-script",
  "exe-interpreter",
] as const;
export type RuleReason = (typeof RULE_REASONS)[number];

/** True for the codes that an agent may answer. */
export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === "string" && Object.hasOwn(ERRORS, value);
}

/** Raised by the decoder and the codec: the connection, or this one request, cannot go on. */
export class ProtocolError extends Error {
  override readonly name = "ProtocolError";
  readonly code: ErrorCode;

  constructor(code: ErrorCode) {
    super(ERRORS[code].text);
    this.code = code;
  }
}
