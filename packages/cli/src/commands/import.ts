import type { Client } from "@sotto/client";
import { wipe } from "@sotto/client";
import { isSecretName } from "@sotto/client/protocol";
import { asAdministrator } from "../administrator.ts";
import type { Call } from "../call.ts";
import { EXIT, Failure, usage } from "../failure/failure.ts";
import type { Parsed } from "../import/entry.ts";
import type { Inner } from "../import/formats.ts";
import { readFernet, readText, TEXT_FORMATS } from "../import/formats.ts";
import { Journal } from "../import/journal.ts";
import type { Looked } from "../import/look.ts";
import { look } from "../import/look.ts";
import { makePlan } from "../import/plan.ts";
import type { Plan } from "../import/plan.ts";
import { advise, answerPlan, resultOf } from "../import/report.ts";
import { readSource } from "../import/source.ts";
import { readPassphrase } from "../input/descriptor.ts";
import { checkDurable, note } from "../output/tell.ts";
import { tell } from "../output/write.ts";

export interface ImportOptions {
  readonly prefix?: string;
  readonly dryRun?: boolean;
  readonly replace?: boolean;
  readonly keyFd?: number;
  readonly inner?: string;
  readonly name?: string;
}

type ImportCall = Call<ImportOptions>;

/** `agent import FORMAT FILE`: stores what is in a file, all of it or nothing. */
export async function run(call: ImportCall): Promise<void> {
  const [format = "", file = ""] = call.operands;
  const inner = checkCall(call, format, file);
  const source = readSource(file);
  let parsed: Parsed | undefined;
  try {
    parsed = read(call, format, source.bytes, inner);
    const plan = makePlan(parsed, call.options.prefix);
    refuseProblems(plan);
    for (const text of parsed.leftOut ?? []) note(call, `left out: ${text}`);
    await carryOut(call, plan, () => advise(call, file, source.open, format));
  } finally {
    wipe(source.bytes);
    for (const { value } of parsed?.entries ?? []) wipe(value);
  }
}

/** Fails for what cannot be meant; returns what a fernet token is said to hold. */
function checkCall({ options }: ImportCall, format: string, file: string): Inner | undefined {
  const { prefix, keyFd, inner, name, passphraseFd } = options;
  const stdin = file === "-" ? 0 : undefined;
  const descriptors = [stdin, keyFd, passphraseFd].filter((fd) => fd !== undefined);
  if (format !== "fernet" && !TEXT_FORMATS.includes(format))
    throw usage(`there is no such format`, `it is ${TEXT_FORMATS.join(", ")} or fernet`);
  if (new Set(descriptors).size < descriptors.length)
    throw usage("the file, the key and the passphrase cannot come from the same descriptor");
  if (prefix !== undefined && !isSecretName(prefix))
    throw usage("--prefix is not a valid name", "such as: --prefix shop/live");
  if (format === "fernet") return innerOf(options);
  if (keyFd !== undefined || inner !== undefined || name !== undefined)
    throw usage("--key-fd, --inner and --name go with fernet");
  return undefined;
}

function innerOf({ keyFd, inner, name }: ImportCall["options"]): Inner {
  if (keyFd === undefined)
    throw usage("the key is missing", "give it on a descriptor: --key-fd 3 3< KEYFILE");
  if (name !== undefined && !isSecretName(name)) throw usage("--name is not a valid name of a secret");
  if (inner !== undefined && !TEXT_FORMATS.includes(inner))
    throw usage(`--inner takes ${TEXT_FORMATS.join(", ")}`);
  if (name !== undefined && inner === undefined) return { name };
  if (inner !== undefined && name === undefined) return { format: inner };
  throw usage("say what the token holds", "--name NAME for one value, or --inner FORMAT for a document");
}

function read({ options }: ImportCall, format: string, bytes: Buffer, inner: Inner | undefined): Parsed {
  if (inner === undefined) return readText(format, bytes);
  return readFernet(bytes, readPassphrase(options.keyFd ?? -1, "--key-fd"), inner);
}

const MOST_TOLD = 20;

function refuseProblems({ problems }: Plan): void {
  if (problems.length === 0) return;
  for (const problem of problems.slice(0, MOST_TOLD)) tell(`problem: ${problem}`);
  const more = problems.length - MOST_TOLD;
  if (more > 0) tell(`problem: and ${more} more`);
  throw usage("the file cannot be imported as it is; nothing was changed");
}

/** Looks at everything before the first change, then stores, in one connection; tells what came of it. */
async function carryOut(call: ImportCall, { planned }: Plan, afterwards: () => void): Promise<void> {
  const { dryRun = false, replace = false } = call.options;
  let looked: Looked[] | undefined;
  let journal: Journal | undefined;
  await asAdministrator(call, async (client) => {
    looked ??= await look(client, planned);
    if (dryRun || conflicts(looked, replace).length > 0) return;
    journal ??= new Journal(looked);
    await store(journal, client);
  }).catch((error: unknown) => {
    journal?.tellWhatStands();
    throw error;
  });
  tellEnd(call, looked ?? [], { dryRun, replace });
  if (dryRun) return;
  afterwards();
  checkDurable({ durable: journal?.durable !== false });
}

const SIGNALS = ["SIGHUP", "SIGINT", "SIGTERM"] as const;

/** A signal does not end us in the middle. */
async function store(journal: Journal, client: Client): Promise<void> {
  const interrupt = (): void => {
    journal.interrupted = true;
  };
  for (const signal of SIGNALS) process.on(signal, interrupt);
  try {
    await journal.store(client);
  } finally {
    for (const signal of SIGNALS) process.off(signal, interrupt);
  }
}

const conflicts = (looked: readonly Looked[], replace: boolean): Looked[] =>
  looked.filter((one) => resultOf(one, replace) === "conflict");

/** Fails where names are taken. */
function tellEnd(
  call: ImportCall,
  looked: readonly Looked[],
  { dryRun, replace }: { readonly dryRun: boolean; readonly replace: boolean },
): void {
  const taken = conflicts(looked, replace);
  if (dryRun || taken.length === 0) answerPlan(call, looked, replace, dryRun);
  if (taken.length === 0) return;
  for (const { name } of taken) tell(`conflict: ${name} exists already`);
  throw new Failure(
    EXIT.conflict,
    `${taken.length} of ${looked.length} names are taken; nothing was changed`,
    "--replace stores these as new versions, --prefix puts all of them elsewhere",
  );
}
