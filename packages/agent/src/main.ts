/** The agent's entry, where Node runs it. */
import { enter } from "./entry.ts";

await enter(process.argv.slice(2));
