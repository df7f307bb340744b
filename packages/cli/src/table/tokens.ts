import { MAX_UNIX_ID } from "@sotto/client/protocol";
import { integer } from "../parse/option-values.ts";
import { time } from "../parse/time.ts";
import type { CommandGroup } from "./spec.ts";

const unixId = integer(0, MAX_UNIX_ID);

export const TOKENS: CommandGroup = {
  heading: "Who may have what:",
  commands: [
    {
      name: "token new",
      summary: "make the token that a job is configured with, and print it, once",
      operands: "<label>",
      options: [
        ["--uid <n>", "good for this uid only", unixId],
        ["--user <name>", "good for this user only"],
        ["--expires <time>", "good before this time only, such as 2027-01-01T00:00:00+01:00", time],
      ],
      example:
        "agent token new nightly --user batch | install -m 0400 -o batch /dev/stdin /etc/nightly.token",
      load: () => import("../commands/token-new.ts"),
    },
    {
      name: "token list",
      summary: "list the tokens, never what they are",
      example: "agent token list",
      load: () => import("../commands/token-list.ts"),
    },
    {
      name: "token revoke",
      summary: "make a token worthless from the next fetch on",
      operands: "<label>",
      example: "agent token revoke nightly",
      load: () => import("../commands/token-revoke.ts"),
    },
  ],
};
