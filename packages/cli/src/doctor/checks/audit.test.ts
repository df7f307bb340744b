import type { Row, Seed } from "../rows.test.helper.ts";
import { describeChecks, inHome } from "../rows.test.helper.ts";
import { AUDIT_CHECKS } from "./audit.ts";

const room =
  (bytes: number, filesFree = 900_000): Seed =>
  ({ machine }) =>
    (machine.room = { free: bytes, available: bytes, files: 1_000_000, filesFree });

const rows: readonly Row[] = [
  ["audit-space", "little", room(50 * 1024 * 1024), "warn", /50 MiB/, /^df -h/],
  ["audit-space", "none", room(1024), "fail", /1 KiB.*no job gets anything/, /auditKeep/],
  ["audit-space", "no more files", room(1024 ** 4, 3), "fail", /3 files free/, /^df/],
  [
    "audit-space",
    "only root's reserve, agent of a user",
    (seeded) => {
      seeded.machine.room = { ...seeded.machine.room, available: 0 };
      seeded.ownedBy(990);
    },
    "fail",
    /0 KiB/,
    /^df/,
  ],
  [
    "audit-file",
    "open",
    ({ machine }) => machine.change(inHome("audit.jsonl"), { mode: 0o640 }),
    "fail",
    /0640, not 0600/,
    /^chmod 600/,
  ],
  [
    "audit-file",
    "of another user",
    ({ machine }) => machine.change(inHome("audit.jsonl"), { uid: 1001 }),
    "fail",
    /belongs to batch/,
    /^chown 0/,
  ],
  [
    "audit-file",
    "immutable",
    ({ machine }) => machine.readOnly.add(inHome("audit.jsonl")),
    "fail",
    /cannot be written/,
    /^chattr -i/,
  ],
  [
    "audit-file",
    "a folder",
    ({ machine }) => machine.folder(inHome("audit.jsonl")),
    "fail",
    /plain file/,
    /^mv/,
  ],
  [
    "audit",
    "failing",
    (seeded) => seeded.tell({ audit: "failing" }),
    "fail",
    /nothing is given out/,
    /kill -HUP 4242/,
  ],
];

describeChecks(AUDIT_CHECKS, rows);
