import { NOW } from "../fake-machine.test.helper.ts";
import type { Row } from "../rows.test.helper.ts";
import { describeChecks, inHome, text } from "../rows.test.helper.ts";
import { VAULT_CHECKS } from "./vault.ts";

const temp = inHome(`vault.tmp-${"0a".repeat(8)}`);

const rows: readonly Row[] = [
  [
    "vault",
    "none",
    ({ machine }) => ["vault", "vault.bak"].forEach((name) => machine.remove(inHome(name))),
    "warn",
    /none yet/,
    /^agent init$/,
  ],
  [
    "vault",
    "only its backup",
    ({ machine }) => machine.remove(inHome("vault")),
    "fail",
    /only its backup/,
    /^cp -p .*vault\.bak .*agent unlock --accept-rollback/,
  ],
  [
    "vault",
    "open",
    ({ machine }) => machine.change(inHome("vault"), { mode: 0o640 }),
    "fail",
    /mode 0640/,
    /^chmod 600 .*vault$/,
  ],
  [
    "vault",
    "of another user",
    ({ machine }) => machine.change(inHome("vault"), { uid: 1001 }),
    "fail",
    /belongs to batch/,
    /^chown 0 .*vault$/,
  ],
  [
    "vault",
    "a second name",
    ({ machine }) => machine.change(inHome("vault"), { links: 2 }),
    "fail",
    /2 names/,
    /^find .*-samefile/,
  ],
  [
    "vault",
    "its backup as second name",
    ({ machine }) => {
      machine.change(inHome("vault"), { links: 2, id: "same" });
      machine.change(inHome("vault.bak"), { links: 2, id: "same" });
    },
    "ok",
    /plain file/,
  ],
  [
    "vault",
    "a link",
    ({ machine }) => machine.link(inHome("vault"), "/mnt/vault"),
    "fail",
    /not a plain file/,
    /^ls -l/,
  ],
  [
    "vault-backup",
    "missing",
    ({ machine }) => machine.remove(inHome("vault.bak")),
    "warn",
    /missing/,
    /^cp -p .*vault .*vault\.bak$/,
  ],
  [
    "vault-backup",
    "missing after the first save",
    (seeded) => {
      seeded.machine.remove(inHome("vault.bak"));
      seeded.tell({ generation: 1 });
    },
    "ok",
    /next save/,
  ],
  [
    "vault-backup",
    "open",
    ({ machine }) => machine.change(inHome("vault.bak"), { mode: 0o604 }),
    "fail",
    /mode 0604/,
    /^chmod 600/,
  ],
  [
    "last-seen",
    "missing",
    ({ machine }) => machine.remove(inHome("last-seen")),
    "warn",
    /missing/,
    /agent unlock/,
  ],
  ["last-seen", "garbage", text(inHome("last-seen"), "?\n"), "warn", /no record/, /agent unlock/],
  [
    "last-seen",
    "open",
    ({ machine }) => machine.change(inHome("last-seen"), { mode: 0o644 }),
    "fail",
    /mode 0644/,
    /^chmod 600/,
  ],
  ["leftovers", "one", text(temp, ""), "warn", /1 left by a save/, /rm .*vault\.tmp-/],
  [
    "leftovers",
    "a save under way",
    ({ machine }) => machine.file(temp, "", { modified: NOW }),
    "ok",
    /no save/,
  ],
];

describeChecks(VAULT_CHECKS, rows);
