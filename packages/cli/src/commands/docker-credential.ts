import { isUtf8 } from "node:buffer";
import type { Secret } from "@sotto/client";
import { SottoError, wipe } from "@sotto/client";
import { asAdministrator } from "../administrator.ts";
import type { Call } from "../call.ts";
import { withAgent } from "../connection.ts";
import { describe } from "../failure/describe.ts";
import { EXIT, Failure, usage } from "../failure/failure.ts";
import { fetchIfAllowed } from "../helpers/fetch-if-allowed.ts";
import { readRequest } from "../helpers/input.ts";
import { parseStrings } from "../helpers/json-strings.ts";
import { namesFor } from "../helpers/names.ts";
import { manifest } from "../installation.ts";
import { jsonString } from "../output/json-bytes.ts";
import { checkDurable } from "../output/tell.ts";
import { answer, answerBytes, answerJson } from "../output/write.ts";
import type { GetOptions } from "../fetch.ts";
import { readNames } from "../read-names.ts";

type DockerCall = Call<GetOptions>;

const PREFIX = "docker";
/** docker knows these two by their very text: docker-credential-helpers, credentials/error.go. */
const NOT_FOUND = "credentials not found in native keychain";
const NO_USERNAME = "no credentials username";

const OPERATIONS: Readonly<Record<string, (call: DockerCall) => Promise<void> | void>> = {
  get,
  store,
  erase,
  list,
  version: () => answer(`docker-credential-sotto (@sotto/cli) ${manifest().version}`),
};

/** `agent docker-credential get|store|erase|list|version`: the protocol of docker-credential-helpers. */
export async function run(call: DockerCall): Promise<void> {
  const operation = call.operands[0] ?? "";
  if (!Object.hasOwn(OPERATIONS, operation))
    throw usage("docker asks for get, store, erase, list or version");
  try {
    await OPERATIONS[operation]?.(call);
  } catch (error) {
    const { text, hint } = describe(error);
    answer(text); // docker reads the reason from stdout, and shows what is on stderr besides
    if (text === NOT_FOUND) process.exitCode = EXIT.failed;
    else throw new Failure(EXIT.failed, text, hint);
  }
}

async function get(call: DockerCall): Promise<void> {
  const server = readServer();
  const name = nameOf(server);
  const secret = name === undefined ? undefined : await fetchIfAllowed(call, name);
  if (secret === undefined) throw new Failure(EXIT.failed, NOT_FOUND);
  try {
    answerCredential(server, secret);
  } finally {
    secret.dispose();
  }
}

/** Put together from bytes: the value becomes no string. */
function answerCredential(server: string, { name, bytes, attributes: { username } }: Secret): void {
  if (username === undefined)
    throw new Failure(EXIT.failed, NO_USERNAME, `agent set ${name} --attr username=...`);
  if (!isUtf8(bytes)) throw new Failure(EXIT.failed, `the value of ${name} is not UTF-8, which docker wants`);
  const start = JSON.stringify({ ServerURL: server, Username: username }).slice(0, -1);
  const value = jsonString(bytes);
  try {
    answerBytes(Buffer.from(`${start},"Secret":`), value, Buffer.from("}\n"));
  } finally {
    wipe(value);
  }
}

/** A login by hand: as a rule allows, or an administrator, who may be asked for the passphrase. */
async function store(call: DockerCall): Promise<void> {
  const input = readRequest();
  let fields: ReadonlyMap<string, Buffer> = new Map();
  try {
    fields = parseStrings(input);
    const [server, username] = ["ServerURL", "Username"].map(
      (key) => fields.get(key)?.toString("utf8") ?? "",
    );
    const value = fields.get("Secret");
    const name = nameOf(server ?? "");
    if (name === undefined || server === undefined) throw noName();
    if (username === undefined || username === "") throw new Failure(EXIT.failed, NO_USERNAME);
    if (value === undefined) throw usage("there is no Secret in the request");
    await set(call, { name, attributes: { username, url: server } }, value);
  } finally {
    wipe(input);
    for (const value of fields.values()) wipe(value);
  }
}

interface NewCredential {
  readonly name: string;
  readonly attributes: { readonly username: string; readonly url: string };
}

/** Jobs log in again and again: what is there already makes no new version. */
async function set(call: DockerCall, credential: NewCredential, value: Buffer): Promise<void> {
  const { name, attributes } = credential;
  const known = await fetchIfAllowed(call, name);
  const isSame = known?.bytes.equals(value) === true && known.attributes["username"] === attributes.username;
  known?.dispose();
  if (isSame) return;
  const { fields } = await asAdministrator(
    call,
    (client) => client.request("set", credential, { payload: value }),
    {
      denied: [
        "denied",
        "an administrator may store it, others where a rule allows: agent grant ... --may set",
      ],
    },
  );
  checkDurable(fields);
}

/** `docker logout`, which somebody means: for administrators, as `agent remove` is. */
async function erase(call: DockerCall): Promise<void> {
  const name = nameOf(readServer());
  if (name === undefined) return; // docker asks for every spelling of it, also for one that nothing is stored under
  try {
    const { fields } = await asAdministrator(call, (client) => client.request("remove", { name }));
    checkDurable(fields);
  } catch (error) {
    if (!(error instanceof SottoError) || error.code !== "not-found") throw error;
  }
}

/** User names are attributes, which come with a value: each is fetched, and wiped at once. */
async function list(call: DockerCall): Promise<void> {
  const found: Record<string, string> = {};
  for (const name of await withAgent(call, (client) => readNames(client, PREFIX, false))) {
    const secret = await fetchIfAllowed(call, name);
    secret?.dispose();
    const { username, url = serverOf(name) } = secret?.attributes ?? {};
    if (username !== undefined) found[url] = username;
  }
  answerJson(found);
}

function readServer(): string {
  const input = readRequest();
  const server = input.toString("utf8").trim();
  wipe(input);
  if (server === "") throw new Failure(EXIT.failed, "no credentials server URL");
  return server;
}

/** docker names a registry by host, by host and port, or, the first one ever, by `https://index.docker.io/v1/`. */
function nameOf(server: string): string | undefined {
  const [host = "", ...path] = server
    .replace(/^https:\/\//, "")
    .replace(/\/$/, "")
    .split("/");
  const [name] = namesFor(PREFIX, host, path.join("/"));
  const depth = 2 + path.length;
  return name?.split("/").length === depth ? name : undefined; // not that of the host for something below it
}

const serverOf = (name: string): string => name.slice(PREFIX.length + 1).replace("_", ":");

const noName = (): Failure =>
  usage("no secret can have the name of that server", "HOST, HOST:PORT or HOST/PATH has one");
