/** `npm run man`: writes the manual pages into the folder that is given. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { GROUPS } from "../table/index.ts";
import { ALIAS, manualPage } from "./page.ts";

const folder = process.argv[2] ?? "";
const manifest = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
const { version } = JSON.parse(manifest) as { version: string };
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, "agent.1"), manualPage(GROUPS, version));
writeFileSync(join(folder, "sotto.1"), ALIAS);
