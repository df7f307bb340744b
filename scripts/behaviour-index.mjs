/**
 * Writes test/BEHAVIOUR-INDEX.md: which test shows which numbered behaviour, read off the names of the tests.
 * With `--check` it writes nothing and exits 1 when the file is not up to date.
 */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const PROJECT = fileURLToPath(new URL("..", import.meta.url));
const INDEX = `${PROJECT}test/BEHAVIOUR-INDEX.md`;
const { groups, titles, notHere } = JSON.parse(readFileSync(`${PROJECT}test/behaviour.json`, "utf8"));

const text = document(filesByNumber());
if (!process.argv.includes("--check")) writeFileSync(INDEX, text);
else if (readFileSync(INDEX, "utf8") !== text) {
  console.error("test/BEHAVIOUR-INDEX.md is not up to date: run npm run index");
  process.exitCode = 1;
}

/** `B7`, `B7, B9` and `B7-B9` at the start of a test's name. */
function filesByNumber() {
  const found = new Map(Object.keys(titles).map((number) => [Number(number), new Set()]));
  for (const file of testFiles()) {
    const source = readFileSync(PROJECT + file, "utf8");
    for (const [, , list] of source.matchAll(/(["'`])((?:B\d+(?:, |-| and )?)+):/g))
      for (const number of numbersIn(list)) found.get(number)?.add(file);
  }
  return found;
}

function numbersIn(list) {
  return list.split(/, | and /).flatMap((part) => {
    const [first, last = first] = part.split("-").map((one) => Number(one.slice(1)));
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}

function testFiles() {
  const listed = execFileSync(
    "git",
    ["ls-files", "--cached", "--others", "--exclude-standard", "*.test.ts"],
    {
      cwd: PROJECT,
      encoding: "utf8",
    },
  );
  return listed.trim().split("\n").sort();
}

function document(found) {
  const sections = groups.map(([letter, title, first, last]) => {
    const numbers = Array.from({ length: last - first + 1 }, (_, i) => first + i);
    return [`## ${letter} ${title}`, "", ...numbers.map((number) => line(number, found.get(number)))].join(
      "\n",
    );
  });
  return [
    "# Behaviour, and the tests that show it",
    "",
    "Bad input and faults, and what must happen then. Tests carry the number in their names. Made by `npm run index`.",
    "",
    sections.join("\n\n"),
    "",
  ].join("\n");
}

function line(number, files) {
  const where = files.size > 0 ? [...files].map((file) => `\`${file}\``).join(", ") : missing(number);
  return `- **B${String(number)}** ${titles[number]}: ${where}`;
}

function missing(number) {
  const reason = notHere[number];
  return reason === undefined ? "**no test yet**" : `not testable here: ${reason}`;
}
