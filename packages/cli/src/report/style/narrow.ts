import { css } from "./css.ts";

/** Names stand above their strips where these would be short; on a telephone each row of a table becomes a block. */
export const NARROW = css`
  @media screen and (max-width: 900px) {
    .row {
      grid-template-columns: minmax(0, 1fr) auto;
      row-gap: 0.1rem;
    }
    .row svg.plot {
      grid-column: 1/-1;
      grid-row: 2;
    }
    .row .total {
      grid-column: 2;
      grid-row: 1;
    }
    .axis .name,
    .axis .total {
      display: none;
    }
    .row:not(.axis) {
      padding: 0.2rem 0 0.1rem;
    }
  }
  @media screen and (max-width: 700px) {
    .numbers {
      grid-template-columns: 1fr 1fr;
    }
    .numbers div {
      padding: 0.7rem 0.7rem 0.7rem 0;
    }
    .numbers div + div {
      padding-left: 0;
      border-left: 0;
    }
    .numbers div:nth-child(even) {
      padding-left: 0.9rem;
      border-left: 1px solid var(--line);
    }
    .numbers div:nth-child(n + 3) {
      border-top: 1px solid var(--line);
    }
    figure {
      margin-inline: -0.5rem;
      padding: 0.9rem 0.75rem;
    }
    table.stack thead {
      position: absolute;
      width: 1px;
      height: 1px;
      overflow: hidden;
      clip-path: inset(50%);
    }
    table.stack,
    table.stack tbody,
    table.stack caption {
      display: block;
    }
    table.stack tr {
      display: grid;
      grid-template-columns: minmax(0, 1fr) minmax(0, 1fr);
      column-gap: 1rem;
      padding: 0.65rem 0;
      border-bottom: 1px solid var(--line);
    }
    table.stack th,
    table.stack td {
      display: block;
      padding: 0.1rem 0;
      border: 0;
      text-align: left;
    }
    table.stack tbody th {
      min-width: 0;
      grid-column: 1/-1;
      font-weight: 600;
    }
    table.stack td::before {
      content: attr(data-label);
      display: block;
      font-size: 0.8125rem;
      color: var(--soft);
    }
    table.stack td.what {
      min-width: 0;
    }
    .tag {
      white-space: normal;
    }
    .axis text {
      font-size: 11px;
    }
    table.stack td.none {
      display: none;
    }
  }
`;
