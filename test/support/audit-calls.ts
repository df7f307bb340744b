import type { SystemCall } from "./strace.ts";

/** Lines go into the audit. */
export const isAuditWrite = ({ name, text }: SystemCall): boolean =>
  name === "write" && text.includes("audit.jsonl>");

/** Something is sent to a peer. */
export const isReply = ({ name, text }: SystemCall): boolean =>
  name.startsWith("write") && text.includes("socket:[");
