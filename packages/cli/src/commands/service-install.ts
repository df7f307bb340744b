import type { Call } from "../call.ts";
import { EXIT, Failure } from "../failure/failure.ts";
import { programPaths } from "../installation.ts";
import { note, warn } from "../output/tell.ts";
import { loadServiceTools } from "../platform/index.ts";
import { checkElevated, install } from "../service/carry-out.ts";
import { SERVICE } from "../service/steps.ts";

export interface InstallOptions {
  readonly force?: boolean;
}

const NEXT = `next:
  sc.exe start ${SERVICE}
  agent init    # once
  agent unlock  # after each start of the machine`;

/** `agent service install`: makes the service, and starts nothing. Who could change what it runs would be the system. */
export async function run(call: Call<InstallOptions>): Promise<void> {
  const tools = await loadServiceTools();
  checkElevated(tools);
  const open = programPaths().flatMap((path) => tools.openTo(path) ?? []);
  const worst = open.find(({ own }) => !own) ?? open[0];
  if (worst !== undefined && !(worst.own && call.options.force === true))
    throw new Failure(
      EXIT.conflict,
      worst.own
        ? `your account could change ${worst.path} without being asked`
        : `others could change ${worst.path}`,
      "install it where only administrators write, such as below C:\\Program Files",
    );
  if (worst !== undefined) warn(`your account could change ${worst.path} without being asked`);
  install(tools);
  note(call, NEXT);
}
