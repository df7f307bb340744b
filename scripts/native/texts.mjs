/**
 * Writes packages/client/native/texts.h: every text, exit status and limit of `sotto-get`, read off the tables of the
 * TypeScript client and the functions of `agent get`, so that there is one source. Needs the built packages.
 * With `--check` it writes nothing and exits 1 when the file is not up to date.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { fileURLToPath } from "node:url";

const PACKAGES = new URL("../../packages/", import.meta.url);
const HEADER = fileURLToPath(new URL("client/native/texts.h", PACKAGES));
const client = (file) => import(new URL(`client/dist/${file}`, PACKAGES));
const cli = (file) => import(new URL(`cli/dist/${file}`, PACKAGES));

const { ERRORS, LOCAL_ERRORS, LOCAL_REASONS, RULE_REASONS, VAULT_REASONS } =
  await client("protocol/errors.js");
const { SottoError } = await client("sotto-error.js");
const { fromErrno } = await client("errno.js");
const wait = await client("wait.js");
const { describe } = await cli("failure/describe.js");
const { SECRET_WORDS, usageFailure } = await cli("failure/usage.js");
const { TOKEN_REFUSALS } = await cli("input/token.js");
const { outputFailure } = await cli("output/write.js");

/** Stands for what a message is completed with; it is all that printf replaces. */
const MARK = "QQQ";
const quoted = (text) => (text === undefined ? "0" : JSON.stringify(plain(text).replaceAll(MARK, "%s")));
/** C takes a text with a mark for a format, and the others for what they are. */
const plain = (text) => {
  if (!/^[ -$&-~]*$/.test(text)) throw new Error(`not plain: ${text}`);
  return text;
};
const caught = (act) => {
  try {
    act();
  } catch (error) {
    return error;
  }
  throw new Error("it should have failed");
};
const name = (code) => code.toUpperCase().replaceAll("-", "_");

/** `{code, text, hint, exit, passing}`. */
function failure(error, code = "") {
  const { exit, text, hint } = describe(error);
  return `{${quoted(code)}, ${quoted(text)}, ${quoted(hint)}, ${exit}, ${Number(wait.isPassing(error))}}`;
}
const constant = ([id, error]) => `static const struct failure ${id} = ${failure(error)};`;
const row = (value) => `    ${value},`;

const wordings = {
  NAME_MISSING: ["commander.missingArgument", "'name'"],
  MORE_ARGUMENTS: ["commander.excessArguments", ""],
  OPTION_WITHOUT_VALUE: ["commander.optionMissingArgument", "--mark"],
  OPTION_UNKNOWN: ["commander.unknownOption", "'--mark'"],
  OPTION_UNKNOWN_SECRET: ["commander.unknownOption", "'--mark-secret'"],
  OPTION_UNNAMED: ["commander.unknownOption", ""],
};
const command = { name: () => "get", parent: { name: () => "agent", parent: null } };
const usageErrors = Object.entries(wordings).map(([id, [code, message]]) => {
  const error = usageFailure(command, { exitCode: 1, code, message });
  error.message = error.message.replace(/--mark(?:-secret)?/, MARK);
  return [id, error];
});

const { refuseSecretsInEnvironment, FORBIDDEN } = await cli("environment.js");
process.env[FORBIDDEN[0]] = "";
const environment = caught(refuseSecretsInEnvironment);
environment.message = environment.message.replace(FORBIDDEN[0], MARK);

const { nameOperand } = await cli("parse/operands.js");
const { readPlainGet } = await cli("plain-get.js");
const { noAttribute } = await cli("output/secret.js");
const failures = [
  ...Object.keys(LOCAL_ERRORS).map((code) => [name(code), new SottoError(code)]),
  ...Object.keys(LOCAL_REASONS).map((reason) => [name(reason), SottoError.because(reason)]),
  ...usageErrors,
  ["ENVIRONMENT", environment],
  ["NO_NAME", caught(() => nameOperand({ operands: ["!"] }))],
  ["NO_DURATION", caught(() => readPlainGet(["get", "a", "--wait", "!"]))],
  ["NO_ATTRIBUTE", noAttribute()],
  ["TOKEN_UNOPENED", TOKEN_REFUSALS.unopened(MARK)],
  ["TOKEN_KIND", TOKEN_REFUSALS.kind()],
  ["TOKEN_OWNER", TOKEN_REFUSALS.owner()],
  ["TOKEN_MODE", TOKEN_REFUSALS.mode()],
  ["TOKEN_UNREADABLE", TOKEN_REFUSALS.unreadable(MARK)],
  ["TOKEN_TOO_LONG", TOKEN_REFUSALS.tooLong()],
  ["OUTPUT_OTHER", outputFailure(MARK)],
  ["UNTRUSTED_PATH", new SottoError("untrusted", { cause: new Error(`${MARK} ${MARK}`) })],
  ["VAULT_NEEDS", damaged({ reason: "version", needsVersion: MARK })],
];

function damaged(details) {
  return new SottoError("vault-damaged", { details });
}

const reasons = [
  ...VAULT_REASONS.map((reason) => ["vault-damaged", reason]),
  ...RULE_REASONS.map((reason) => ["bad-request", reason]),
].map(([code, reason]) => {
  const { text, hint } = describe(new SottoError(code, { details: { reason } }));
  return `{${[code, reason, text, hint].map(quoted).join(", ")}}`;
});

const errnos = Object.keys(constants.errno).sort();
/** System errors that mean something else than that no agent answers. */
const reasonOf = (code) => fromErrno(Object.assign(new Error(), { code })).reason;

const limits = await client("protocol/limits.js");
const numbers = {
  ...Object.fromEntries(
    "PROTOCOL_VERSION PREFIX_BYTES MAX_HEADER_BYTES MAX_PAYLOAD_BYTES MAX_PASSPHRASE_BYTES MAX_DEPTH MAX_NAME_BYTES MAX_ATTRIBUTES MAX_ATTRIBUTE_KEY MAX_ATTRIBUTE_BYTES MAX_ATTRIBUTES_BYTES MAX_WAIT_MS"
      .split(" ")
      .map((key) => [key, limits[key]]),
  ),
  MAX_SOCKET_PATH: (await client("paths.js")).MAX_SOCKET_PATH,
  MAX_SYMLINKS: (await client("trust.js")).MAX_SYMLINKS,
  FIRST_PAUSE_MS: wait.FIRST_PAUSE_MS,
  LONGEST_PAUSE_MS: wait.LONGEST_PAUSE_MS,
  FIRST_RETRY_MS: (await client("connect.js")).FIRST_RETRY_MS,
  LONGEST_RETRY_MS: (await client("connect.js")).LONGEST_RETRY_MS,
  QUICK_MS: (await client("deadlines.js")).QUICK_MS,
  LONGEST_SILENCE_MS: (await cli("connection.js")).LONGEST_SILENCE_MS,
};
const { EXIT } = await cli("failure/failure.js");
numbers.EXIT_LOCKED = EXIT.locked;
numbers.EXIT_UNREACHABLE = EXIT.unreachable;
const retry = describe(new SottoError("busy", { details: { retryAfterMs: NaN } })).hint.replace("NaN", MARK);
const { AGENT_USER, SYSTEM_SOCKET } = await client("platform/linux.js");

const text = [
  "/* Made by `npm run native:texts` from the tables of the TypeScript client and of `agent get`. Do not edit. */",
  "#include <errno.h>",
  "struct failure { const char *code, *text, *hint; int exit, passing; };",
  `enum { ${Object.entries(numbers)
    .map(([key, value]) => `${key} = ${value}`)
    .join(", ")} };`,
  `#define AGENT_USER ${quoted(AGENT_USER)}`,
  `#define SYSTEM_SOCKET ${quoted(SYSTEM_SOCKET)}`,
  `#define RETRY_HINT ${quoted(retry).replace("%s", "%lld")}`,
  `static const char *const SECRET_WORDS[] = {${SECRET_WORDS.source.split("|").map(quoted).join(", ")}};`,
  `static const char *const NEVER_READ[] = {${FORBIDDEN.map(quoted).join(", ")}};`,
  ...failures.map(constant),
  "/* What an agent may answer. */",
  "static const struct failure ERRORS[] = {",
  ...Object.keys(ERRORS).map((code) => row(failure(new SottoError(code), code))),
  "};",
  "/* What it may say beside the code. */",
  "static const struct { const char *code, *reason, *text, *hint; } REASONS[] = {",
  ...reasons.map(row),
  "};",
  "static const struct failure OUTPUT[] = {",
  ...errnos.filter(hasOwnOutput).map((code) => row(failure(outputFailure(code)))),
  "};",
  "static const struct { int number; const char *name; const struct failure *reason, *output; } ERRNOS[] = {",
  ...errnos.map((code) => row(`{${code}, "${code}", ${errnoFailure(code)}, ${outputOf(code)}}`)),
  row('{0, "UNKNOWN", 0, 0}'),
  "};",
  "",
].join("\n");

function errnoFailure(code) {
  const reason = reasonOf(code);
  return reason === undefined ? "0" : `&${name(reason)}`;
}

function hasOwnOutput(code) {
  return outputFailure(code).message !== outputFailure(MARK).message.replace(MARK, code);
}

function outputOf(code) {
  const own = errnos.filter(hasOwnOutput).indexOf(code);
  return own < 0 ? "0" : `&OUTPUT[${own}]`;
}

if (!process.argv.includes("--check")) writeFileSync(HEADER, text);
else if (readFileSync(HEADER, "utf8") !== text) {
  console.error("packages/client/native/texts.h is not up to date: run npm run native:texts");
  process.exitCode = 1;
}
