import { lstatSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { EXIT, Failure } from "../failure/failure.ts";
import { writeWhole } from "../output/whole-file.ts";
import { writeAll } from "../output/write.ts";
import { isUnchanged, type SystemFile } from "./files.ts";

const MODE = 0o644;

/** What is to be done with a file: `keep` one that is the same already, `refuse` one that somebody changed. */
export type Action = "create" | "update" | "keep" | "refuse";

export interface Step {
  readonly path: string;
  readonly text: string;
  readonly action: Action;
}

/** What an installation below `root` would do. `force`: also what was changed is written anew. */
export function plan(files: readonly SystemFile[], root: string, force: boolean): Step[] {
  return files.map((file) => {
    const path = join(root, file.path);
    return { path, text: file.text, action: actionFor(path, file.text, force) };
  });
}

function actionFor(path: string, text: string, force: boolean): Action {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return "create";
  const there = stat.isFile() ? readFileSync(path, "utf8") : undefined;
  if (there === text) return "keep";
  return force || (there !== undefined && isUnchanged(there)) ? "update" : "refuse";
}

/** Carries it out: all of it, or nothing where one file would have to be refused. Throws a `Failure`. */
export function carryOut(steps: readonly Step[]): void {
  const refused = steps.find(({ action }) => action === "refuse");
  if (refused !== undefined)
    throw new Failure(
      EXIT.conflict,
      `${refused.path} was changed: nothing is written`,
      "put changes into a drop-in (systemctl edit), or write over it with --force",
    );
  for (const { path, text, action } of steps) if (action !== "keep") write(path, text);
}

/** Readable for everyone, as files of the system are, whatever the umask is. */
function write(path: string, text: string): void {
  const old = process.umask(0o022);
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeWhole(path, { mode: MODE, fill: (fd) => writeAll(fd, Buffer.from(text)) });
  } catch (error) {
    throw new Failure(
      EXIT.failed,
      `${path} cannot be written (${(error as NodeJS.ErrnoException).code ?? "unknown"})`,
      "run it as root, or see the files with: agent systemd print",
    );
  } finally {
    process.umask(old);
  }
}
