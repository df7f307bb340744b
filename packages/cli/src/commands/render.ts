import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";
import { wipe } from "@sotto/client";
import type { Call } from "../call.ts";
import { Secrets } from "../exec/fetch-all.ts";
import { usage } from "../failure/failure.ts";
import { groupOrGid, userOrUid } from "../identity.ts";
import { note } from "../output/tell.ts";
import { answerBytes, answerJson } from "../output/write.ts";
import { escaped } from "../render/escape.ts";
import type { RenderOptions } from "../render/options.ts";
import type { Target } from "../render/out-file.ts";
import { checkFolder, putInPlace } from "../render/out-file.ts";
import type { Piece } from "../render/template.ts";
import { isHole, parseTemplate } from "../render/template.ts";

const DEFAULT_MODE = 0o600;
const MAX_TEMPLATE_BYTES = 1024 * 1024;

/** `agent render TEMPLATE [--out FILE]`: the template with secrets filled in. Everything is judged before anything is fetched. */
export async function run(call: Call<RenderOptions>): Promise<void> {
  const target = await targetOf(call.options);
  const pieces = parseTemplate(readTemplate(call.operands[0] ?? ""), call.options.escape ?? "none");
  const names = pieces.filter(isHole).map(({ name }) => name);
  const secrets = await Secrets.fetch(call, names);
  const parts: Uint8Array[] = [];
  try {
    for (const piece of pieces) parts.push(isHole(piece) ? fill(piece, secrets) : piece);
    if (target === undefined) answerBytes(...parts);
    else putOut(call, target, parts);
  } finally {
    secrets.dispose();
    parts.forEach(wipe);
  }
}

function fill(hole: Extract<Piece, { name: string }>, secrets: Secrets): Buffer {
  const { name, attribute } = hole;
  const value =
    attribute === undefined ? secrets.bytes(name) : Buffer.from(secrets.attribute(name, attribute));
  return escaped(value, hole);
}

function putOut(call: Call<RenderOptions>, target: Target, parts: readonly Uint8Array[]): void {
  const changed = putInPlace(target, parts, call.options.allowDisk === true);
  if (call.options.json === true) answerJson({ changed });
  else note(call, changed ? "the file is written" : "the file is as it should be: nothing is written");
}

/** Where the result goes; undefined for stdout. */
async function targetOf({ out, mode, owner, group, allowDisk }: RenderOptions): Promise<Target | undefined> {
  if (out === undefined) {
    if (mode !== undefined || owner !== undefined || group !== undefined || allowDisk === true)
      throw usage("--mode, --owner, --group and --allow-disk are for a file", "name one with --out");
    return undefined;
  }
  if (out === "" || out.endsWith("/")) throw usage("--out takes the path of a file");
  const uid = owner === undefined ? undefined : await userOrUid(owner);
  const gid = group === undefined ? undefined : await groupOrGid(group);
  const target = { path: out, mode: mode ?? DEFAULT_MODE, uid, gid };
  if (allowDisk !== true) checkFolder(target);
  return target;
}

function readTemplate(path: string): Buffer {
  try {
    const fd = openSync(path, "r");
    try {
      if (fstatSync(fd).size > MAX_TEMPLATE_BYTES) throw usage("the template is longer than 1 MiB");
      return readFileSync(fd);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw usage(`the template cannot be read (${code})`, "name a file that this user can read");
  }
}
