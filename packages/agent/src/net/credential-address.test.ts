import { expect, it } from "vitest";
import { credentialRequest } from "./credential-address.ts";

const read = (text: string): unknown => credentialRequest(Buffer.from(text, "latin1"));

it("reads unit and secret, with a plus for each slash", () => {
  expect(read("\0a3f/unit/backup.service/db+main")).toEqual({ unit: "backup.service", name: "db/main" });
  expect(read("\x000123456789abcdef/unit/a@b.service/x")).toEqual({ unit: "a@b.service", name: "x" });
});

it.each([
  ["", "no name"],
  ["/run/1/unit/backup.service/db+main", "a path"],
  ["\0a3f/unit/backup.service/db/main", "a slash in the id"],
  ["\0a3f/unit/backup.service/", "no id"],
  ["\0a3f/unit//db", "no unit"],
  ["\0a3f/unit/backup/db", "no unit's name"],
  ["\0a3f/unit/backup.timer/db", "a unit that runs nothing"],
  ["\0/unit/backup.service/db", "no number"],
  ["\0a3f/units/backup.service/db", "another kind"],
  ["\0a3f/unit/backup.service/DB", "no secret's name"],
  ["\0a3f/unit/backup.service/db+", "half a name"],
  ["\0a3f/unit/backup.service/db\0", "a NUL behind"],
  ["\0a3f/unit/backup.service/db\n", "a line's end behind"],
  ["\0x/a3f/unit/backup.service/db", "something before"],
])("refuses %j: %s", (text) => expect(read(text)).toBeUndefined());
