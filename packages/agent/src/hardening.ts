import inspector from "node:inspector";
import { isSea } from "node:sea";

/** Variables by which an environment can load code into Node or change how it runs. */
const DANGEROUS = [
  "NODE_OPTIONS",
  "NODE_PATH",
  "NODE_REPL_EXTERNAL_MODULE",
  "NODE_EXTRA_CA_CERTS",
  "NODE_COMPILE_CACHE",
  "NODE_V8_COVERAGE",
  "OPENSSL_CONF",
  "OPENSSL_MODULES",
  "OPENSSL_ENGINES",
  "LD_PRELOAD",
  "LD_LIBRARY_PATH",
  "LD_AUDIT",
  "GLIBC_TUNABLES",
  "UV_USE_IO_URING",
];

/** Flags of Node that the agent is started with; any other one is refused, and so is leave to write anywhere. */
const EXPECTED_FLAG =
  /^--(?:experimental-permission|permission|disable-sigusr1|allow-(?:addons|net|fs-read=.*|fs-write=(?:\/|[A-Za-z]:\\|\\\\).+[/\\]\*)|no-warnings|max-semi-space-size=\d{1,3})$/;

/**
 * Ends the process with exit 2 when a debugger could reach it: the inspector is on, the environment or a flag could
 * load code, or Node's permission model is off, under which a SIGUSR1 before our handler stands would open one.
 * `unhardened` is for debugging the agent itself.
 */
export function refuseDebugging(unhardened: boolean): void {
  const problem = unhardened ? undefined : debuggingProblem();
  if (problem === undefined) return;
  process.stderr.write(`agent: error: ${problem}\nagent: hint: start it with: agent start\n`);
  process.exit(2);
}

function debuggingProblem(): string | undefined {
  if (inspector.url() !== undefined) return "it does not run under a debugger";
  const flags = [...process.execArgv, ...takeFlagsOfSingleProgram()];
  const variable = DANGEROUS.find((name) => process.env[name] !== undefined);
  if (variable !== undefined) return `it does not run with ${variable} in its environment`;
  if (!flags.every((flag) => EXPECTED_FLAG.test(flag)))
    return "it does not run with unexpected flags of node";
  const permission = process.permission as NodeJS.ProcessPermission | undefined;
  if (permission === undefined || permission.has("child"))
    return "it does not run without node's permission model";
  return undefined;
}

/** There is no other way to give them to a single program (node.js, "Single executable applications", `execArgvExtension`). */
function takeFlagsOfSingleProgram(): string[] {
  if (!isSea()) return [];
  const given = process.env["NODE_OPTIONS"] ?? "";
  delete process.env["NODE_OPTIONS"];
  return splitOptions(given);
}

/** As Node takes them apart: at spaces, but not within double quotes, in which a backslash stands before any character. */
function splitOptions(text: string): string[] {
  const parts = text.match(/(?:"(?:\\.|[^"\\])*"|[^ "])+/gs) ?? [];
  return parts.map((part) =>
    part.replace(/"((?:\\.|[^"\\])*)"/gs, (_, inner: string) => inner.replace(/\\(.)/gs, "$1")),
  );
}
