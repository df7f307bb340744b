import { printable } from "@sotto/client/protocol";
import type { FaultKind } from "./chain.ts";
import { placeText } from "./place.ts";
import type { Fault } from "./walk.ts";

const TEXTS: Readonly<Record<FaultKind, string>> = {
  "no-record": "is no record of an audit",
  changed: "was changed",
  inserted: "was inserted",
  reordered: "does not stand where it was written: lines were moved",
  broken: "does not follow the line before it: it was changed, or lines before it were removed",
  cut: "is missing or incomplete: the end of the file was cut off",
  "missing-file": "is missing or empty",
  "no-beginning":
    "is not how this file of the audit begins: lines were removed or changed, or it is another file",
  checkpoint:
    "is a forged checkpoint: what stands between the good one before it and here was not all written by this agent",
  "checkpoint-key":
    "is a checkpoint of another key, and no good one comes after it: what stands behind the last good one may be forged",
  "not-as-left":
    "is not as the agent left it, or takes no more lines: the agent's log says which, and agent unlock makes it go on",
};

/** What is wrong, and where. */
export const faultText = (fault: Fault): string => `${printable(placeText(fault))} ${TEXTS[fault.kind]}`;
