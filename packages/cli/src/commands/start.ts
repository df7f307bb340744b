import type { Call } from "../call.ts";
import { agentLocations } from "@sotto/client";
import { groupOrGid } from "../identity.ts";
import { agentArguments, agentStart, nodeFlags } from "../launcher/arguments.ts";
import { runInBackground } from "../launcher/background.ts";
import { runInForeground } from "../launcher/foreground.ts";
import { loadPlatform } from "../platform/index.ts";

export interface StartOptions {
  readonly foreground?: boolean;
  readonly lockAfter?: number;
  readonly ticket?: number;
  readonly adminGroup?: string;
  readonly requireLockedMemory?: boolean;
}

/** `agent start`: prepares the folders and starts the agent as a process of its own. */
export async function run(call: Call<StartOptions>): Promise<void> {
  const { options } = call;
  const places = agentLocations({ home: options.home, socket: options.socket });
  const adminGid = options.adminGroup === undefined ? undefined : await groupOrGid(options.adminGroup);
  const platform = await loadPlatform();
  platform.prepareFolders(places);
  const command = {
    args: agentArguments(places, { ...options, adminGid }),
    variables: agentStart(nodeFlags(places)).variables,
  };
  platform.closeInherited();
  if (options.foreground === true) await runInForeground(command);
  else await runInBackground(command);
}
