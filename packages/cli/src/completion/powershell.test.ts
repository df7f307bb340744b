/** As far as it can be judged without PowerShell, which is not to be had where this was made: see docs/WINDOWS.md. */
import { describe, expect, it } from "vitest";
import { buildProgram } from "../program.ts";
import { powershell } from "./powershell.ts";
import type { Place } from "./words.ts";
import { wordsOf } from "./words.ts";

const places = wordsOf(buildProgram(() => Promise.resolve()));

/** The texts in single quotes, as PowerShell reads them (about_Quoting_Rules), and what stands around them. */
function readTexts(script: string): { texts: string[]; rest: string } {
  const texts: string[] = [];
  const rest = script
    .replace(/^#.*$/m, "")
    .replace(/'((?:[^'‘’‚‛]|['‘’‚‛]{2})*)['‘’‚‛]/g, (_, text: string) => {
      texts.push(text.replace(/(['‘’‚‛])['‘’‚‛]/g, "$1"));
      return "@TEXT";
    });
  return { texts, rest };
}

describe("completion for PowerShell", () => {
  it("offers every command and option, each with what it is, and names where a name may stand", () => {
    const { texts } = readTexts(powershell(places));
    const expected = places.flatMap(({ path, commands, options }) => [
      path.join(" "),
      ...[...commands, ...options].flatMap(({ text, about }) => [text, about]),
    ]);
    const start = texts.indexOf("SilentlyContinue") + 1;
    expect(texts.slice(start, start + expected.length)).toEqual(expected);
    const naming = texts.slice(start + expected.length, texts.indexOf("", start + expected.length));
    expect(naming).toEqual(places.filter(({ takesName }) => takesName).map(({ path }) => path.join(" ")));
    expect(naming).toContain("get");
    expect(
      texts.every((text, i) => i < start || text !== "" || i === start || i > start + expected.length),
    ).toBe(true);
  });

  it("holds what it was given in texts only, whatever quotes are in it", () => {
    const odd = "it’s ‘odd’ ''; Remove-Item x $(calc) `n";
    const place: Place = { path: [], commands: [{ text: "a", about: odd }], options: [], takesName: false };
    const plain: Place = { ...place, commands: [{ text: "a", about: "b" }] };
    expect(readTexts(powershell([place])).rest).toBe(readTexts(powershell([plain])).rest);
    expect(readTexts(powershell([place])).texts).toContain(odd);
  });

  it("has no key twice, which PowerShell would refuse, and each with a text", () => {
    for (const { path, commands, options } of places) {
      const words = [...commands, ...options];
      const keys = words.map(({ text }) => text.toLowerCase());
      expect([path, new Set(keys).size]).toEqual([path, keys.length]);
      for (const { text, about } of words) expect([text, about === ""]).toEqual([text, false]);
    }
    expect(new Set(places.map(({ path }) => path.join(" "))).size).toBe(places.length);
  });

  it("closes what it opens", () => {
    const open: string[] = [];
    const { rest } = readTexts(powershell(places));
    const pairs: Readonly<Record<string, string>> = { ")": "(", "}": "{", "]": "[" };
    for (const sign of rest.replaceAll(/"[^"]*"/g, "").match(/[()[\]{}]/g) ?? [])
      if (pairs[sign] === undefined) open.push(sign);
      else expect(open.pop()).toBe(pairs[sign]);
    expect(open).toEqual([]);
  });
});
