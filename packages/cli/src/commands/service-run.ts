import { agentLocations } from "@sotto/client";
import type { Call } from "../call.ts";
import { EXIT, Failure, usage } from "../failure/failure.ts";
import { agentArguments, agentStart, nodeFlags } from "../launcher/arguments.ts";
import { loadPlatform, loadServiceTools } from "../platform/index.ts";
import { runAsService } from "../service/run.ts";
import { SERVICE } from "../service/steps.ts";

/** `agent service run`: what the service manager starts. */
export async function run(call: Call): Promise<void> {
  const tools = await loadServiceTools();
  const service = await tools.become(SERVICE).catch(() => {
    throw usage("this is what the service manager starts", "agent start");
  });
  try {
    const { home, socket } = call.options;
    const places = agentLocations({ home, socket });
    (await loadPlatform()).prepareFolders(places);
    const { variables } = agentStart(nodeFlags(places));
    await runAsService(service, { args: agentArguments(places, {}), variables }, call);
  } catch (error) {
    service.stopped(error instanceof Failure ? error.exit : EXIT.failed);
    throw error;
  }
}
