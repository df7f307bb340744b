import type { Row } from "../rows.test.helper.ts";
import { describeChecks } from "../rows.test.helper.ts";
import { NODE_CHECKS } from "./node.ts";

const rows: readonly Row[] = [
  [
    "node-version",
    "too old",
    ({ machine }) => (machine.nodeVersion = "20.18.3"),
    "fail",
    /20\.18\.3 is older than 20\.19/,
    /install/,
  ],
  [
    "node-version",
    "much too old",
    ({ machine }) => (machine.nodeVersion = "18.20.0"),
    "fail",
    /older/,
    /install/,
  ],
  [
    "node-version",
    "an odd line",
    ({ machine }) => (machine.nodeVersion = "23.4.0"),
    "warn",
    /short-lived/,
    /install/,
  ],
  [
    "node-flags",
    "no permission model",
    ({ machine }) => machine.nodeFlags.clear(),
    "fail",
    /no permission model/,
    /install/,
  ],
  [
    "environment",
    "NODE_OPTIONS",
    ({ machine }) => (machine.env["NODE_OPTIONS"] = "--require=/x"),
    "warn",
    /^NODE_OPTIONS set/,
    /^unset NODE_OPTIONS;/,
  ],
  [
    "environment",
    "LD_PRELOAD",
    ({ machine }) => (machine.env["LD_PRELOAD"] = ""),
    "warn",
    /^LD_PRELOAD set/,
    /^unset LD_PRELOAD;/,
  ],
  ["time-zones", "none", ({ machine }) => (machine.zones = false), "fail", /Europe\/Berlin/, /ICU/],
];

describeChecks(NODE_CHECKS, rows);
