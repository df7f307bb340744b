/** `npm run man`: writes the manual pages into the folder that is given. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { manifest } from "../installation.ts";
import { GROUPS } from "../table/index.ts";
import { ALIAS, manualPage } from "./page.ts";

const folder = process.argv[2] ?? "";
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, "agent.1"), manualPage(GROUPS, manifest().version));
writeFileSync(join(folder, "sotto.1"), ALIAS);
