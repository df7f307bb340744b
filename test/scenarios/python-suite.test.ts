/** The Python client's own tests, and that its table of errors is the one of the protocol. */
import { ERRORS, LOCAL_ERRORS, LOCAL_REASONS, RULE_REASONS, VAULT_REASONS } from "@sotto/client/protocol";
import { expect, it } from "vitest";
import { runCommand } from "../support/command.ts";
import { needsPython, PYTHON, PYTHON_CLIENT, PYTHON_ENVIRONMENT, runPython } from "../support/python.ts";

it("B21: the Python client's own tests: vectors, a hostile agent, secrets, trust, paths, names", async (context) => {
  needsPython(context, "msgpack");
  const args = ["-m", "unittest", "discover", "-s", "tests", "-t", "."];
  const { status, stderr } = await runCommand(PYTHON, args, { env: PYTHON_ENVIRONMENT, cwd: PYTHON_CLIENT });
  expect(status, stderr).toBe(0);
  expect(Number(/^Ran (\d+) tests/m.exec(stderr)?.[1])).toBeGreaterThan(40);
  expect(stderr, "none is skipped but for rights").not.toMatch(/skipped=[2-9]/);
});

const DUMP = `
import json
from sotto import error_table as t
print(json.dumps([t.ERRORS, t.LOCAL_ERRORS, t.LOCAL_REASONS, t.VAULT_REASONS, t.RULE_REASONS]))
`;

type Entry = readonly [number | string, string, string | null];

it("the Python client knows the errors that the TypeScript client knows, word for word", async (context) => {
  needsPython(context, "msgpack");
  const { stdout, stderr } = await runPython(DUMP);
  const told: unknown = JSON.parse(stdout.toString() || JSON.stringify(stderr));
  const row = (entry: { exit?: number; code?: string; text: string; hint?: string | undefined }): Entry => [
    entry.exit ?? entry.code ?? "",
    entry.text,
    entry.hint ?? null,
  ];
  const rows = (table: Readonly<Record<string, Parameters<typeof row>[0]>>): Record<string, Entry> =>
    Object.fromEntries(Object.entries(table).map(([code, entry]) => [code, row(entry)]));
  expect(told).toEqual([
    rows(ERRORS),
    rows(LOCAL_ERRORS),
    rows(LOCAL_REASONS),
    [...VAULT_REASONS],
    [...RULE_REASONS],
  ]);
});
