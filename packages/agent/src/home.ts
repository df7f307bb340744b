import { lstatSync } from "node:fs";
import { join } from "node:path";
import type { Platform } from "./platform/index.ts";
import { fileObjection } from "./platform/index.ts";
import { StartError } from "./start-error.ts";

/** Where everything of one agent lies. The vault and what belongs to it are named in vault/file-store.ts. */
export interface Home {
  readonly folder: string;
  readonly audit: string;
  readonly config: string;
  readonly log: string;
}

/**
 * Checks that the home is ours alone and claims it for the life of this process: two agents on one home
 * would be two agents on one vault. Throws a `StartError`.
 */
export function claimHome(folder: string, platform: Platform): Home {
  const stat = lstatSync(folder, { throwIfNoEntry: false });
  if (!stat?.isDirectory())
    throw new StartError(
      2,
      `the home ${folder} is not a folder`,
      `create it with: install -d -m 700 ${folder}`,
    );
  const objection = fileObjection("home", stat, folder);
  if (objection === "owner") throw new StartError(2, `the home ${folder} belongs to another user`);
  if (objection === "mode") {
    throw new StartError(2, `others may look into the home ${folder}`, `close it with: chmod 700 ${folder}`);
  }
  if (!platform.claimFolder(folder))
    throw new StartError(1, `an agent is already running with the home ${folder}`);
  const inside = (name: string): string => join(folder, name);
  return {
    folder,
    audit: inside("audit.jsonl"),
    config: inside("config.json"),
    log: inside("agent.log"),
  };
}
