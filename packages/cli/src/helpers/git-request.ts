import { usage } from "../failure/failure.ts";

/** What git tells about the credential that it wants, or has: git-credential(1), "Input/output format". */
export interface GitRequest {
  readonly protocol?: string;
  readonly host?: string;
  readonly path?: string;
  readonly username?: string;
  /** A view into what was parsed, no copy. */
  readonly password?: Buffer;
}

const TEXTS: ReadonlySet<string> = new Set(["protocol", "host", "path", "username"]);
const LINE_FEED = 0x0a;
const RETURN = 0x0d;
const EQUALS = 0x3d;
const LONGEST_KEY = 64;

/**
 * Parses lines of `key=value` up to an empty one. Keys that are not known here (`wwwauth[]`, `capability[]`) are left
 * out unread, as git asks of a helper. Refuses a byte 0 and a carriage return anywhere: no credential of git holds one,
 * and each has been used to smuggle a line in.
 */
export function parseGitRequest(input: Buffer): GitRequest {
  if (input.includes(0) || input.includes(RETURN))
    throw usage("the request holds a byte 0 or a carriage return, which git does not send");
  const texts: Record<string, string> = {};
  let password: Buffer | undefined;
  for (const line of linesOf(input)) {
    const equals = line.indexOf(EQUALS);
    if (equals < 1) throw usage("a line of the request is not KEY=VALUE, as git sends it");
    const key = equals > LONGEST_KEY ? "" : line.toString("latin1", 0, equals);
    const value = line.subarray(equals + 1);
    if (key === "password") password = value;
    else if (TEXTS.has(key)) texts[key] = value.toString("utf8");
  }
  return { ...texts, ...(password !== undefined && { password }) };
}

function* linesOf(input: Buffer): Generator<Buffer> {
  for (let from = 0; from < input.length;) {
    const found = input.indexOf(LINE_FEED, from);
    const end = found < 0 ? input.length : found;
    if (end === from) return;
    yield input.subarray(from, end);
    from = end + 1;
  }
}
