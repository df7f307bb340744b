/** The command `agent`, where Node runs it. */
import { runWhole } from "./whole.ts";

await runWhole(process.argv.slice(2));
