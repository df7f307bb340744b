import type { Fetch, Findings } from "./collect.ts";
import type { Markup } from "./markup.ts";
import { html } from "./markup.ts";
import { counted, moment } from "./words.ts";

/** The names of all secrets, or why they are not known. */
export type AllNames = { readonly names: readonly string[] } | { readonly unknown: string };

/** A secret that nobody was given in the period, and the last time before that the audit knows of. */
export interface Unfetched {
  readonly name: string;
  readonly last: Fetch | undefined;
}

const MOST_NAMES = 600;

/** Without the names of all secrets, those that the audit knows from before the period. */
export function unfetched({ rows, lastFetches }: Findings, all: AllNames): Unfetched[] {
  const fetched = new Set(rows.filter(({ totals }) => totals.given > 0).map(({ subject }) => subject));
  const names = "names" in all ? all.names : [...lastFetches.keys()].sort();
  return names.filter((name) => !fetched.has(name)).map((name) => ({ name, last: lastFetches.get(name) }));
}

/** The section about them. */
export function unfetchedList(found: readonly Unfetched[], all: AllNames): Markup {
  const unsure =
    "unknown" in all
      ? html`<p class="state broken">
          <b>The names of all secrets are not known here</b> (${all.unknown}). Below are only those that the
          audit knows from earlier fetches; a secret that was never fetched is not among them.
        </p>`
      : undefined;
  if (found.length === 0)
    return html`${unsure}
      <p>
        ${"unknown" in all ? "Every secret that was fetched before was fetched in this period too." : "Every secret was fetched."}
      </p>`;
  const left = found.length - MOST_NAMES;
  return html`${unsure}
    <p class="soft">
      What no job needs any more can be removed, and the account behind it closed. What is needed once a year
      belongs here too.
    </p>
    <ul class="names">
      ${found
        .slice(0, MOST_NAMES)
        .map(({ name, last }) => html`<li><code>${name}</code><small>${lastText(last)}</small></li> `)}
    </ul>
    ${left > 0 ? html`<p class="soft small">and ${counted(left, "more", "more")}</p>` : undefined}`;
}

const lastText = (last: Fetch | undefined): Markup | string =>
  last === undefined
    ? "no fetch in this audit"
    : html`last ${moment(last.time)} by ${last.job.title}, ${last.job.user}`;
