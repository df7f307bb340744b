import { plain } from "../parse/option-values.ts";
import { once } from "../parse/rule-values.ts";
import type { CommandGroup } from "./spec.ts";

export const SYSTEMD: CommandGroup = {
  heading: "As a system service:",
  commands: [
    {
      name: "systemd print",
      linux: true,
      summary: "print the unit files and what belongs to them, each after its path",
      example: "agent systemd print",
      load: () => import("../commands/systemd-print.ts"),
    },
    {
      name: "systemd install",
      linux: true,
      summary: "write the unit files; starts nothing, and never writes over what was changed",
      options: [
        ["--root <dir>", "below this folder instead of /", once(plain)],
        ["--dry-run", "only say what would be written"],
        ["--force", "write over files that were changed"],
      ],
      example: "agent systemd install",
      load: () => import("../commands/systemd-install.ts"),
    },
  ],
};
