import { GLOBAL_OPTIONS } from "../table/global-options.ts";
import type { CommandGroup, CommandSpec, OptionSpec } from "../table/spec.ts";
import { bold, inner, item, paragraph, section, subsection, syntax, text, verbatim } from "./roff.ts";
import { ENVIRONMENT, EXIT_STATUS, FILES, INTRODUCTION, SEE_ALSO } from "./texts.ts";

/** The manual page agent(1), made from the commands that there are. */
export function manualPage(groups: readonly CommandGroup[], version: string): string {
  const headings = [...new Set(groups.map(({ heading }) => heading))];
  const parts = [
    `.TH AGENT 1 "" "Sotto ${version}" "Sotto"`,
    ".nh", // a word is searched for as it is written
    section("Name"),
    "agent, sotto \\- keep the credentials of unattended jobs in memory",
    section("Synopsis"),
    syntax("agent <command> [<options>] [<operands>]"),
    section("Description"),
    ...INTRODUCTION.map((one) => paragraph(text(one))),
    section("Commands"),
    ...headings.flatMap((heading) => groupOf(groups, heading)),
    section("Options of every command"),
    ...GLOBAL_OPTIONS.map(optionItem),
    item(bold("--help"), text("show what a command takes, with an example")),
    section("Exit status"),
    ...EXIT_STATUS.map(([status, meaning]) => item(bold(status), text(meaning))),
    section("Environment"),
    ...ENVIRONMENT.map(([name, meaning]) => item(bold(name), text(meaning))),
    section("Files"),
    ...FILES.map(([path, meaning]) => item(syntax(path), text(meaning))),
    section("See also"),
    text(SEE_ALSO),
  ];
  return `${parts.join("\n")}\n`;
}

/** The page sotto(1): the same one. */
export const ALIAS = ".so man1/agent.1\n";

function groupOf(groups: readonly CommandGroup[], heading: string): string[] {
  const commands = groups.filter((group) => group.heading === heading).flatMap((group) => group.commands);
  return [subsection(heading.replace(/:$/, "")), ...commands.map(commandItem)];
}

function commandItem({ name, operands = "", options = [], summary, example }: CommandSpec): string {
  const line = ["agent", name, ...(options.length > 0 ? ["[<options>]"] : []), operands].join(" ").trim();
  return [
    item(syntax(line), text(summary)),
    inner(...options.map(optionItem), verbatim(`$ ${example.replace(/\n\s*\$ /g, "\n$ ")}`)),
  ].join("\n");
}

const optionItem = ([flags, description]: OptionSpec): string => item(syntax(flags), text(description));
