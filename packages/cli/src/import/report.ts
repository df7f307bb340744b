import type { Call } from "../call.ts";
import { printable } from "@sotto/client/protocol";
import { table } from "../output/table.ts";
import { answerEither, note } from "../output/tell.ts";
import type { Looked } from "./look.ts";

/** What becomes, or became, of a secret. */
type Result = "new" | "replaced" | "conflict";

export const resultOf = ({ present }: Looked, replace: boolean): Result => {
  if (present === undefined) return "new";
  return replace ? "replaced" : "conflict";
};

/** Prints what becomes of each secret: name, bytes, attributes, and the keys where the name is another; never a value. */
export function answerPlan(call: Call, looked: readonly Looked[], replace: boolean, dryRun: boolean): void {
  const secrets = looked.map((one) => ({
    name: one.name,
    from: one.path,
    bytes: one.value.length,
    attributes: one.attributes,
    result: resultOf(one, replace),
  }));
  const rows = looked.map((one) => [
    resultOf(one, replace),
    one.name,
    `${one.value.length} bytes`,
    [...attributeTexts(one), ...originOf(one)].join(" "),
  ]);
  answerEither(call, { dryRun, secrets }, table(rows));
}

const attributeTexts = ({ attributes }: Looked): string[] =>
  Object.entries(attributes).map(([key, text]) => `${key}=${printable(text)}`);

/** Nothing is renamed in silence. */
function originOf({ name, path }: Looked): string[] {
  const written = path.join("/");
  return name === written || name.endsWith(`/${written}`) ? [] : [`(from ${printable(written)})`];
}

/** What is left to do for whoever had passwords in a file. */
export function advise(call: Call, file: string, open: boolean, format: string): void {
  const name = file === "-" ? "the file behind the input" : printable(file);
  const lines = [
    `${name} still holds them: delete it, once the jobs fetch them from the agent`,
    "neither rm nor shred(1) surely erases: a journal, a snapshot or an SSD may keep the blocks",
    "look for copies too: backups, the history of git, an editor's backup and swap files, mails",
    "what lay in a plain file is best changed where it is used, then here with: agent set NAME",
    ...(open ? [`${name} was open to other users of this machine: change these first`] : []),
    ...(format === "fernet"
      ? ["the key of the token is to be deleted as well, and opens every copy of it"]
      : []),
  ];
  for (const line of lines) note(call, line);
}
