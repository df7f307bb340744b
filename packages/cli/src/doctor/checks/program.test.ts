import { ENTRY } from "../fake-machine.test.helper.ts";
import type { Row } from "../rows.test.helper.ts";
import { describeChecks } from "../rows.test.helper.ts";
import { PROGRAM_CHECKS } from "./program.ts";

const rows: readonly Row[] = [
  [
    "program",
    "writable by a group",
    ({ machine }) => machine.change("/usr/bin", { mode: 0o775 }),
    "warn",
    /write in \/usr\/bin/,
    /^chmod go-w \/usr\/bin$/,
  ],
  [
    "program",
    "writable by all",
    ({ machine }) => machine.change(ENTRY, { mode: 0o666 }),
    "fail",
    /mode 0666/,
    /^chmod go-w \/usr.*agent\.mjs$/,
  ],
  [
    "program",
    "of another user",
    ({ machine }) => machine.change("/usr/bin/node", { uid: 1001 }),
    "warn",
    /belongs to batch/,
    /chown root: \/usr\/bin\/node/,
  ],
];

describeChecks(PROGRAM_CHECKS, rows);
