import { NAMES_COMMAND, type Place, type Word } from "./words.ts";

/** Lines for fish: one for each word, with the condition under which it is offered. */
export function fish(places: readonly Place[]): string {
  const linesFor = (program: string): string[] =>
    places.flatMap((place) => linesOf(program, place, conditionOf(place, places)));
  const lines = ["agent", "sotto"].flatMap(linesFor);
  return ["# completion of agent for fish", ...lines].join("\n");
}

function linesOf(program: string, { commands, options, takesName }: Place, condition: string): string[] {
  const names = `-f -n "${condition}" -a "(${program} ${NAMES_COMMAND})"`;
  const lines = [
    ...(takesName ? [names] : []),
    ...commands.map((word) => `-f -n "${condition}" -a ${word.text} -d ${quoted(word)}`),
    ...options.map((word) => `-n "${condition}" -l ${word.text.slice(2)} -d ${quoted(word)}`),
  ];
  return lines.map((line) => `complete -c ${program} ${line}`);
}

/** The words of the path were seen, and none of those that would lead further. */
function conditionOf({ path, commands }: Place, places: readonly Place[]): string {
  const further = commands.map(({ text }) => text).join(" ");
  const seen = path.map((word) => `__fish_seen_subcommand_from ${word}`);
  const others = path.length === 1 ? siblingsBelow(path[0] ?? "", places) : [];
  const not = [further, ...others].filter((words) => words !== "").join(" ");
  return [...seen, ...(not === "" ? [] : [`not __fish_seen_subcommand_from ${not}`])].join("; and ");
}

/** Groups that have a command of the same name as this one: `slot list` is not `list`. */
function siblingsBelow(name: string, places: readonly Place[]): string[] {
  return places.filter(({ path }) => path.length === 2 && path[1] === name).map(({ path }) => path[0] ?? "");
}

const quoted = ({ about }: Word): string => `'${about.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
