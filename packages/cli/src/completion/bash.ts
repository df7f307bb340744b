import { NAMES_COMMAND, type Place } from "./words.ts";

/** A function for bash: finds the command among the words so far, and offers what may follow it. */
export function bash(places: readonly Place[]): string {
  const known = places.map(({ path }) => path.join(" ")).filter((path) => path !== "");
  return `# completion of agent for bash
_agent() {
  local current=\${COMP_WORDS[COMP_CWORD]} path="" word words names=""
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "\${path:+$path }$word" in
      ${known.map((path) => `"${path}"`).join(" | ")}) path="\${path:+$path }$word" ;;
    esac
  done
  case "$path" in
${places.map(branch).join("\n")}
  esac
  if [[ -n "$names" && "$current" != -* ]]; then words="$words $("$1" ${NAMES_COMMAND})"; fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _agent agent sotto`;
}

function branch({ path, commands, options, takesName }: Place): string {
  const words = [...commands, ...options].map(({ text }) => text).join(" ");
  return `    "${path.join(" ")}") words="${words}"${takesName ? " names=1" : ""} ;;`;
}
