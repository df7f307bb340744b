/** The corpus in test/fuzz: a file for each target, an input a line in hexadecimal, the shortest first. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const KEPT = fileURLToPath(new URL("../../test/fuzz/", import.meta.url));
const FINDINGS = fileURLToPath(new URL("../../test/vectors/findings/", import.meta.url));

const nameOf = (bytes) => createHash("sha1").update(bytes).digest("hex");

/** The inputs that are kept for a target. */
export function keptInputs(target) {
  const file = join(KEPT, `${target}.hex`);
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, "utf8").split("\n").slice(0, -1);
  return lines.map((line) => Buffer.from(line, "hex"));
}

export function keep(target, inputs) {
  const lines = [...new Set(inputs.map((bytes) => bytes.toString("hex")))];
  lines.sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
  writeFileSync(join(KEPT, `${target}.hex`), lines.map((line) => `${line}\n`).join(""));
  return lines.length;
}

/** Puts inputs into a folder as the fuzzer wants them: a file each. */
export function spread(folder, inputs) {
  mkdirSync(folder, { recursive: true });
  for (const bytes of inputs) writeFileSync(join(folder, nameOf(bytes)), bytes);
}

export const gather = (folder) => readdirSync(folder).map((name) => readFileSync(join(folder, name)));

export function emptyFolder(folder) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** A failure becomes a vector: the replay in the suite is red until the cause is gone, and looks ever after. */
export function keepFinding(target, bytes, why) {
  mkdirSync(FINDINGS, { recursive: true });
  const file = join(FINDINGS, `${target}-${nameOf(bytes).slice(0, 12)}.txt`);
  writeFileSync(file, `target: ${target}\nwhy: ${why}\n\n${bytes.toString("hex")}\n`);
  return file;
}

/** @returns what was found so far, as `{ name, target, why, bytes }` */
export function findings() {
  if (!existsSync(FINDINGS)) return [];
  return readdirSync(FINDINGS)
    .filter((name) => name.endsWith(".txt"))
    .map((name) => {
      const text = readFileSync(join(FINDINGS, name), "utf8");
      const [, target, why, digits] = /^target: (.*)\nwhy: (.*)\n\n([0-9a-f]*)\n$/.exec(text) ?? [];
      if (digits === undefined) throw new Error(`${name} is no finding`);
      return { name, target, why, bytes: Buffer.from(digits, "hex") };
    });
}
