import { envOption, fdOption, fileOption } from "../exec/options.ts";
import { plain } from "../parse/option-values.ts";
import { once, oneWord } from "../parse/rule-values.ts";
import { isLinux } from "../platform/index.ts";
import { ESCAPES } from "../render/escape-names.ts";
import { modeOption } from "../render/options.ts";
import { GET, WAIT_AND_TOKEN } from "./get.ts";
import type { CommandGroup } from "./spec.ts";

export const JOBS: CommandGroup = {
  heading: "For jobs:",
  commands: [
    GET,
    {
      name: "exec",
      summary: "run a command that gets secrets as variables, on descriptors or as files in memory",
      operands: "<command> [arguments...]",
      options: [
        ["--env <var=name>", "in this variable; NAME#ATTR for an attribute (may be repeated)", envOption],
        ["--fd <n=name>", "to be read from this descriptor (may be repeated)", fdOption],
        [
          "--file <var=name>",
          "in a file in memory whose path is in this variable (may be repeated)",
          fileOption,
        ],
        ...WAIT_AND_TOKEN,
      ],
      example: "agent exec --env PGPASSWORD=db/report --file KEY=deploy/key -- ./nightly --now",
      job: true,
      load: () => (isLinux ? import("../commands/exec.ts") : import("../commands/exec-windows.ts")),
    },
    {
      name: "render",
      linux: true,
      summary: "write a template with secrets filled in, to stdout or to a file in memory",
      operands: "<template>",
      options: [
        ["--out <file>", "to this file, whole or not at all, and only if it changes"],
        ["--mode <octal>", "the file's mode (default 0600)", once(modeOption)],
        ["--owner <user>", "the file's owner, by name or number", once(plain)],
        ["--group <group>", "the file's group, by name or number", once(plain)],
        [
          "--escape <format>",
          `for secrets without a filter: ${ESCAPES.join(", ")}`,
          once(oneWord(...ESCAPES)),
        ],
        ["--allow-disk", "the file may lie on a disk"],
        ...WAIT_AND_TOKEN,
      ],
      example: "agent render app.conf.in --out /run/app/app.conf --mode 0640 --group app",
      job: true,
      load: () => import("../commands/render.ts"),
    },
    {
      name: "require",
      summary: "fetch a secret, or on a terminal ask for it and store it first",
      operands: "<name>",
      example: "agent require bank/login",
      job: true,
      load: () => import("../commands/require.ts"),
    },
    {
      name: "completion",
      summary:
        "print a completion script for bash, zsh, fish or powershell; names: what it offers as names of secrets",
      operands: "<shell>",
      example: "agent completion bash > /etc/bash_completion.d/agent",
      job: true,
      load: () => import("../commands/completion.ts"),
    },
  ],
};
