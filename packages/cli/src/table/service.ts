import type { CommandGroup } from "./spec.ts";

export const SERVICE: CommandGroup = {
  heading: "As a service of Windows:",
  commands: [
    {
      name: "service print",
      windows: true,
      summary: "print the commands by which the service would be made",
      example: "agent service print",
      load: () => import("../commands/service-print.ts"),
    },
    {
      name: "service install",
      windows: true,
      summary: "make the service of the machine's agent; starts nothing",
      options: [["--force", "also where your own account could change the program"]],
      example: "agent service install",
      load: () => import("../commands/service-install.ts"),
    },
    {
      name: "service uninstall",
      windows: true,
      summary: "end the agent and remove the service; the home stays",
      example: "agent service uninstall",
      load: () => import("../commands/service-uninstall.ts"),
    },
    {
      name: "service run",
      windows: true,
      summary: "run the agent for the service manager, which starts this",
      example: "sc.exe start Sotto",
      load: () => import("../commands/service-run.ts"),
    },
  ],
};
