import type { Place } from "./words.ts";

/** A function for bash: finds the command among the words so far, and offers what may follow it. */
export function bash(places: readonly Place[]): string {
  const known = places.map(({ path }) => path.join(" ")).filter((path) => path !== "");
  return `# completion of agent for bash
_agent() {
  local current=\${COMP_WORDS[COMP_CWORD]} path="" word words
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "\${path:+$path }$word" in
      ${known.map((path) => `"${path}"`).join(" | ")}) path="\${path:+$path }$word" ;;
    esac
  done
  case "$path" in
${places.map(branch).join("\n")}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _agent agent sotto`;
}

function branch({ path, commands, options }: Place): string {
  const words = [...commands, ...options].map(({ text }) => text).join(" ");
  return `    "${path.join(" ")}") words="${words}" ;;`;
}
