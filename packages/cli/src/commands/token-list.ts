import type { Client } from "@sotto/client";
import type { TokenInfo } from "@sotto/client/protocol";
import { asAdministrator } from "../administrator.ts";
import type { Call } from "../call.ts";
import { allPages } from "../output/pages.ts";
import { table } from "../output/table.ts";
import { answerEither } from "../output/tell.ts";
import { rfc3339 } from "../output/time.ts";

/** `agent token list`: which tokens there are, and for whom and how long they are good. */
export async function run(call: Call): Promise<void> {
  const tokens = await asAdministrator(call, readTokens);
  const document = tokens.map(({ created, expires, ...token }) => ({
    ...token,
    created: rfc3339(created),
    ...(expires !== undefined && { expires: rfc3339(expires) }),
  }));
  answerEither(call, { tokens: document }, table(tokens.map(rowOf)));
}

const readTokens = (client: Client): Promise<TokenInfo[]> =>
  allPages(
    async (after) => {
      const { fields } = await client.request("tokens", { after });
      return { items: fields.tokens, more: fields.more };
    },
    ({ label }) => label,
  );

/** Label, when it was made, for whom, and until when. */
function rowOf({ label, created, uid, expires }: TokenInfo): string[] {
  const whom = uid === undefined ? "anyone" : `uid ${uid}`;
  if (expires === undefined) return [label, rfc3339(created), whom];
  return [
    label,
    rfc3339(created),
    whom,
    `${expires <= Date.now() ? "expired" : "until"} ${rfc3339(expires)}`,
  ];
}
