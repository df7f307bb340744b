import type { Place, Word } from "./words.ts";

/**
 * A completer for Windows PowerShell 5.1 and PowerShell 7: finds the command among the words before the cursor, and offers what
 * may follow it. Whatever goes wrong in it, it says nothing.
 */
export function powershell(places: readonly Place[]): string {
  const naming = places.filter(({ takesName }) => takesName).map(({ path }) => path.join(" "));
  return `# completion of agent for PowerShell
Register-ArgumentCompleter -Native -CommandName 'agent', 'agent.exe', 'sotto', 'sotto.exe' -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $ErrorActionPreference = 'SilentlyContinue'
  $places = @{
${places.map(entry).join("\n")}
  }
  $naming = @(${naming.map(quoted).join(", ")})
  $path = ''
  foreach ($element in @($commandAst.CommandElements | Select-Object -Skip 1)) {
    if ($element.Extent.EndOffset -ge $cursorPosition) { continue }
    $next = "$path $($element.Extent.Text)".Trim()
    if ($places.ContainsKey($next)) { $path = $next }
  }
  $offered = $places[$path]
  $program = $commandAst.GetCommandName()
  if ($program -and $naming -contains $path -and -not $wordToComplete.StartsWith('-')) {
    foreach ($name in @(& $program completion names 2>$null)) { if ($name) { $offered[$name] = $name } }
  }
  foreach ($word in @($offered.Keys)) {
    if ($word.StartsWith($wordToComplete, [StringComparison]::Ordinal)) {
      New-Object Management.Automation.CompletionResult $word, $word, 'ParameterValue', $offered[$word]
    }
  }
}`;
}

function entry({ path, commands, options }: Place): string {
  const words = [...commands, ...options].map((word: Word) => `${quoted(word.text)} = ${quoted(word.about)}`);
  return `    ${quoted(path.join(" "))} = [ordered]@{ ${words.join("; ")} }`;
}

/** PowerShell ends such a text at any quote that looks like a single one; two of them stand for it. */
const quoted = (text: string): string => `'${text.replace(/['\u2018-\u201b]/g, "$&$&")}'`;
