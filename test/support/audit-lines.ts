import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** One line of an audit, parsed. */
export type Line = Readonly<Record<string, unknown>>;

/** The names of all files of an audit in a home, the rotated ones in order, the present one last. */
export function auditFiles(home: string): string[] {
  const rotated = readdirSync(home).filter((name) => /^audit-\d{6,}\.jsonl$/.test(name));
  return [...rotated.sort((a, b) => Number(/\d+/.exec(a)) - Number(/\d+/.exec(b))), "audit.jsonl"];
}

/** The text of each file, in order. */
export const auditTexts = (home: string): string[] =>
  auditFiles(home).map((name) => readFileSync(join(home, name), "utf8"));

/** Every line of these files; throws where one is not JSON, or a file does not end with a line. */
export function linesOf(texts: readonly string[]): Line[] {
  return texts.flatMap((text) => {
    if (!text.endsWith("\n")) throw new Error("the last line is torn");
    return text
      .slice(0, -1)
      .split("\n")
      .map((line) => JSON.parse(line) as Line);
  });
}

/**
 * Follows the chain through whole files by the words of AUDIT.md and nothing else; each file's first line must go on
 * where the one before ended. Returns the first line that does not fit, as `file:line`, or undefined.
 */
export function firstBadLine(texts: readonly string[], before = "00".repeat(32)): string | undefined {
  let head = before;
  for (const [file, text] of texts.entries()) {
    for (const [at, line] of text.trimEnd().split("\n").entries()) {
      const [, body = "", claimed] = /^(.*),"chain":"([0-9a-f]{64})"\}$/.exec(line) ?? [];
      const previous = at === 0 ? (JSON.parse(line) as Line)["previous"] : head;
      const right = createHash("sha256").update(Buffer.from(head, "hex")).update(body, "utf8").digest("hex");
      if (previous !== head || right !== claimed) return `${String(file)}:${String(at)}`;
      head = right;
    }
  }
  return undefined;
}
