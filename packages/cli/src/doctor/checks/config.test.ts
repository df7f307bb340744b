import type { Row, Seed } from "../rows.test.helper.ts";
import { describeChecks, inHome, text } from "../rows.test.helper.ts";
import { CONFIG_CHECKS } from "./config.ts";

const config = (content: string): Seed => text(inHome("config.json"), content);

const rows: readonly Row[] = [
  ["config", "no JSON", config('{\n"a": 1,\n}'), "fail", /not valid JSON/, /^\$EDITOR .*agent start/],
  ["config", "no object", config("[]"), "fail", /one JSON object/, /EDITOR/],
  [
    "config",
    "open to a group",
    ({ machine }) => machine.change(inHome("config.json"), { mode: 0o660 }),
    "fail",
    /mode 0660/,
    /^chmod 600/,
  ],
  [
    "config",
    "of another user",
    ({ machine }) => machine.change(inHome("config.json"), { uid: 1001 }),
    "fail",
    /belongs to batch/,
    /^chown 0/,
  ],
  [
    "config",
    "a link",
    ({ machine }) => machine.link(inHome("config.json"), "/etc/x"),
    "fail",
    /plain file/,
    /^mv/,
  ],
];

describeChecks(CONFIG_CHECKS, rows);
