import type { Client, Secret } from "@sotto/client";
import { wipe } from "@sotto/client";
import { asAdministrator } from "../administrator.ts";
import type { Call } from "../call.ts";
import { chosenEditor, edit } from "../edit/editor.ts";
import { inMemoryFolder } from "../edit/memory-folder.ts";
import type { Edited } from "../edit/text.ts";
import { changedAttributes, fromText, isSame, toText } from "../edit/text.ts";
import { usage } from "../failure/failure.ts";
import { ONE_SECRET } from "../failure/rephrase.ts";
import { currentPassphrase } from "../input/passphrase.ts";
import { answerEither, checkDurable, note } from "../output/tell.ts";
import { nameOperand } from "../parse/operands.ts";

/** `agent edit NAME`: attributes and value in an editor, on a file in memory. A new version, if something changed. */
export async function run(call: Call): Promise<void> {
  const name = nameOperand(call);
  const editor = chosenEditor();
  await inMemoryFolder(() => undefined); // refused before a passphrase is typed in vain
  const given = call.options.passphraseFd === undefined ? undefined : await currentPassphrase(call);
  try {
    const fetch = (client: Client): Promise<Secret> => client.get(name, { admin: true });
    const secret = await asAdministrator(call, fetch, ONE_SECRET, given);
    try {
      await editAndStore(call, { name, secret, editor, given });
    } finally {
      secret.dispose();
    }
  } finally {
    if (given !== undefined) wipe(given);
  }
}

interface Editing {
  readonly name: string;
  readonly secret: Secret;
  readonly editor: string;
  readonly given: Buffer | undefined;
}

/** The file is gone before anybody is asked anything: who leaves a prompt ends the process. */
async function editAndStore(call: Call, editing: Editing): Promise<void> {
  const { name, secret, editor } = editing;
  const text = await inMemoryFolder((folder) => edit(editor, folder, toText(name, secret)));
  try {
    const edited = fromText(text);
    if (isSame(secret, edited)) {
      note(call, "nothing was changed");
      return answerEither(call, { name, version: secret.version }, "");
    }
    if (edited.value.length === 0 && secret.bytes.length > 0)
      throw usage(
        "the value is gone: nothing was stored",
        "an empty one is stored with: agent set NAME --stdin < /dev/null",
      );
    await store(call, editing, edited);
  } finally {
    wipe(text);
  }
}

async function store(
  call: Call,
  { name, secret, given }: Editing,
  { attributes, value }: Edited,
): Promise<void> {
  const fields = {
    name,
    attributes: changedAttributes(secret.attributes, attributes),
    ifVersion: secret.version,
  };
  const reply = await asAdministrator(
    call,
    (client) => client.request("set", fields, { payload: value }),
    {
      ...ONE_SECRET,
      conflict: [
        "somebody else has changed it meanwhile: nothing was stored",
        "edit it once more: agent edit NAME",
      ],
    },
    given,
  );
  answerEither(call, { name, version: reply.fields.version }, "");
  checkDurable(reply.fields);
}
