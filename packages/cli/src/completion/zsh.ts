import { NAMES_COMMAND, type Place, type Word } from "./words.ts";

/** A function for zsh: as that for bash, with descriptions. */
export function zsh(places: readonly Place[]): string {
  const known = places.map(({ path }) => path.join(" ")).filter((path) => path !== "");
  return `#compdef agent sotto
# completion of agent for zsh
_agent() {
  local path_so_far="" word takes_name="" nothing=1
  local -a offered names
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "\${path_so_far:+$path_so_far }$word" in
      ${known.map((path) => `"${path}"`).join(" | ")}) path_so_far="\${path_so_far:+$path_so_far }$word" ;;
    esac
  done
  case "$path_so_far" in
${places.map(branch).join("\n")}
  esac
  if [[ -n "$takes_name" ]]; then
    names=(\${(f)"$("\${words[1]}" ${NAMES_COMMAND})"})
    compadd -a names && nothing=0
  fi
  _describe -V "agent" offered && nothing=0
  if (( nothing )); then _files; fi
}
if [[ \${funcstack[1]} == _agent ]]; then _agent "$@"; else compdef _agent agent sotto; fi`;
}

function branch({ path, commands, options, takesName }: Place): string {
  const name = takesName ? " takes_name=1" : "";
  return `    "${path.join(" ")}") offered=(${[...commands, ...options].map(entry).join(" ")})${name} ;;`;
}

/** In single quotes; a colon would end the word. */
const entry = ({ text, about }: Word): string =>
  `'${text.replaceAll(":", "\\:")}:${about.replaceAll("'", "'\\''")}'`;
