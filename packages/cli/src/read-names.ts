import type { Client } from "@sotto/client";
import { quickMs } from "./connection.ts";
import { allPages } from "./output/pages.ts";

/** The names that this process may fetch, below `prefix` if there is one; `all`, for an administrator, every name. */
export const readNames = (client: Client, prefix: string | undefined, all: boolean): Promise<string[]> =>
  allPages(
    async (after) => {
      const { fields } = await client.request(
        "list",
        { prefix, all: all || undefined, after },
        { timeoutMs: quickMs() },
      );
      return { items: fields.names, more: fields.more };
    },
    (name) => name,
  );
