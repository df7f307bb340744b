import { agentLocations } from "@sotto/client";
import { faultText } from "../audit/fault-text.ts";
import { FaultWatch } from "../audit/faults.ts";
import type { Filter } from "../audit/filter.ts";
import { matches } from "../audit/filter.ts";
import { jsonListing, textListing } from "../audit/listing.ts";
import { readAudit } from "../audit/read.ts";
import { userNames } from "../audit/users.ts";
import type { Call } from "../call.ts";
import { warn } from "../output/tell.ts";

/** `agent audit`: the records, oldest first. Read from the files themselves: it needs no agent, locked or not. */
export function run(call: Call<Filter>): Promise<void> {
  const { options } = call;
  const { home } = agentLocations({ home: options.home, socket: options.socket });
  const listing = (options.json === true ? jsonListing : textListing)(userNames());
  const watch = new FaultWatch();
  for (const line of readAudit(home)) {
    watch.see(line);
    if ("absent" in line) continue;
    if (line.record === undefined) listing.stray(line);
    else if (matches(options, line.record)) listing.record(line, line.record);
  }
  listing.end();
  if (watch.first !== undefined) warn(`${faultText(watch.first)}; agent audit verify looks closer`);
  return Promise.resolve();
}
