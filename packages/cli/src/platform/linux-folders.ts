import { chmodSync, mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { usage } from "../failure/failure.ts";
import type { Places } from "../launcher/arguments.ts";

const HOME_MODE = 0o700;
const SOCKET_FOLDER_MODE = 0o755;
const OTHERS_MAY_WRITE = 0o022;
/** Node's permission flags read a star as a pattern and may read a comma as the start of another path. */
const MISREAD = /[*,]/;

/**
 * Makes the home and the folder of the socket where they are missing, with their modes whatever the umask is.
 * Refuses a home that could be someone else's; the agent judges it again, and the folder of the socket as well.
 */
export function prepareFolders({ home, socket }: Places): void {
  const beside = dirname(socket);
  if ([home, beside].some((path) => MISREAD.test(path)))
    throw usage(
      "the path of a home or socket must not hold * or a comma",
      "choose another with --home or --socket",
    );
  makeFolder(home, HOME_MODE);
  checkHome(home);
  if (beside !== home) makeFolder(beside, SOCKET_FOLDER_MODE);
}

/** What is there already is left as it is. */
function makeFolder(path: string, mode: number): void {
  try {
    mkdirSync(path, { mode });
    chmodSync(path, mode);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return;
    if (code !== "ENOENT" || dirname(path) === path)
      throw usage(
        `the folder ${path} cannot be made (${code ?? "unknown"})`,
        "choose others with --home and --socket; under systemd a login makes /run/user/UID",
      );
    makeFolder(dirname(path), mode);
    makeFolder(path, mode);
  }
}

function checkHome(home: string): void {
  const stat = statSync(home, { throwIfNoEntry: false });
  if (!stat?.isDirectory()) throw usage(`the home ${home} is not a folder`);
  if (stat.uid !== process.geteuid?.())
    throw usage(
      `the home ${home} belongs to another user`,
      "start the agent as that user, or choose another --home",
    );
  if ((stat.mode & OTHERS_MAY_WRITE) !== 0)
    throw usage(`others may write in the home ${home}`, `close it with: chmod 700 ${home}`);
}
