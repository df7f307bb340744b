import type { Call } from "../call.ts";
import { note } from "../output/tell.ts";
import { loadServiceTools } from "../platform/index.ts";
import { checkElevated, uninstall } from "../service/carry-out.ts";

/** `agent service uninstall`: ends the agent, removes the service, and leaves the home as it is. */
export async function run(call: Call): Promise<void> {
  const tools = await loadServiceTools();
  checkElevated(tools);
  uninstall(tools);
  note(call, "the service is gone; its home with the vault is left as it is");
}
