import type { Secret } from "@sotto/client";
import { SottoError, wipe } from "@sotto/client";
import { asAdministrator } from "../administrator.ts";
import type { Call } from "../call.ts";
import { withAgent } from "../connection.ts";
import { usage } from "../failure/failure.ts";
import { fetchIfAllowed, isRefusal } from "../helpers/fetch-if-allowed.ts";
import type { GitRequest } from "../helpers/git-request.ts";
import { parseGitRequest } from "../helpers/git-request.ts";
import { readRequest } from "../helpers/input.ts";
import { namesFor } from "../helpers/names.ts";
import { checkOneLine } from "../helpers/one-line.ts";
import { checkDurable } from "../output/tell.ts";
import { answerBytes } from "../output/write.ts";
import type { GetOptions } from "../fetch.ts";

export interface GitCredentialOptions extends GetOptions {
  /** This secret, whatever git asks for: git's own configuration says for which address it asks. */
  readonly name?: string;
  readonly prefix?: string;
}

const DEFAULT_PREFIX = "git";
const DEFAULT_PROTOCOL = "https";
const NEWLINE = Buffer.from("\n");

/**
 * `agent git-credential get|store`: a helper of git, see gitcredentials(7). Any other operation is silently ignored, as
 * git wants it; `erase` too, for a server that answers 401 for a moment must not delete the secret of a nightly job.
 */
export async function run(call: Call<GitCredentialOptions>): Promise<void> {
  const { name, prefix } = call.options;
  if (name !== undefined && prefix !== undefined) throw usage("only one of --name and --prefix makes sense");
  const input = readRequest();
  try {
    const request = parseGitRequest(input);
    if (call.operands[0] === "get") await get(call, request);
    if (call.operands[0] === "store") await store(call, request);
  } finally {
    wipe(input);
  }
}

/** Nothing on stdout where there is nothing for this process: git then asks the next helper, or a person. */
async function get(call: Call<GitCredentialOptions>, request: GitRequest): Promise<void> {
  const secret = (await find(call, request)).fitting;
  if (secret === undefined) return;
  try {
    checkOneLine(secret);
    const { username } = secret.attributes;
    const first = username === undefined ? "" : `username=${username}\n`;
    answerBytes(Buffer.from(`${first}password=`), secret.bytes, NEWLINE);
  } finally {
    secret.dispose();
  }
}

/** A new password, or a changed one. Never replaces a secret that this process cannot fetch, or that is another user's. */
async function store(call: Call<GitCredentialOptions>, request: GitRequest): Promise<void> {
  const { password, username, protocol } = request;
  if (password === undefined || username === undefined) return;
  const { fitting, strange } = await find(call, request);
  try {
    const name = fitting?.name ?? namesOf(call, request)[0];
    if (name === undefined || strange.has(name) || fitting?.bytes.equals(password) === true) return;
    const attributes = { username, ...(protocol !== DEFAULT_PROTOCOL && { protocol }) };
    const known = { name, ifVersion: fitting?.version ?? 0 };
    await set(call, fitting === undefined ? { ...known, attributes } : known, password);
  } finally {
    fitting?.dispose();
  }
}

interface Found {
  /** The caller disposes of it. */
  readonly fitting?: Secret;
  /** Secrets on the way to it that are for another user name or protocol. */
  readonly strange: ReadonlySet<string>;
}

async function find(call: Call<GitCredentialOptions>, request: GitRequest): Promise<Found> {
  const strange = new Set<string>();
  for (const name of namesOf(call, request)) {
    const secret = await fetchIfAllowed(call, name);
    if (secret === undefined) continue;
    if (fits(call, request, secret)) return { fitting: secret, strange };
    secret.dispose();
    strange.add(name);
  }
  return { strange };
}

function namesOf(call: Call<GitCredentialOptions>, { host, path }: GitRequest): string[] {
  const { name, prefix = DEFAULT_PREFIX } = call.options;
  if (name !== undefined) return [name];
  return host === undefined ? [] : namesFor(prefix, host, path);
}

/** What is for https never goes out in the clear: another protocol has to be named by the secret itself. */
function fits(call: Call<GitCredentialOptions>, request: GitRequest, { attributes }: Secret): boolean {
  const { protocol = DEFAULT_PROTOCOL, username } = attributes;
  if (call.options.name === undefined && request.protocol !== protocol) return false;
  return [undefined, request.username].includes(username) || request.username === undefined;
}

interface NewValue {
  readonly name: string;
  readonly ifVersion: number;
  readonly attributes?: Readonly<Record<string, string>>;
}

/** By a rule, or by a passphrase given before. Nobody is asked: git stores after each use, whoever runs it. */
async function set(call: Call, fields: NewValue, value: Buffer): Promise<void> {
  const around = call.options.passphraseFd === undefined ? withAgent : asAdministrator;
  try {
    const reply = await around(call, (client) => client.request("set", fields, { payload: value }));
    checkDurable(reply.fields);
  } catch (error) {
    const isExpected = error instanceof SottoError && ["auth-required", "conflict"].includes(error.code);
    if (!isExpected && !isRefusal(error)) throw error;
  }
}
