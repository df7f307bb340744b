import { css } from "./css.ts";

/** Tables and lists. */
export const LISTS = css`
  .scroll {
    overflow-x: auto;
    margin-top: 1rem;
  }
  table {
    border-collapse: collapse;
    width: 100%;
    font-size: 0.9375rem;
  }
  caption {
    text-align: left;
    font-size: 0.875rem;
    color: var(--soft);
    padding-bottom: 0.35rem;
  }
  th,
  td {
    text-align: left;
    vertical-align: top;
    padding: 0.45rem 1rem 0.45rem 0;
    border-bottom: 1px solid var(--line);
    line-height: 1.4;
  }
  th:last-child,
  td:last-child {
    padding-right: 0;
  }
  thead th {
    font-size: 0.8125rem;
    font-weight: 600;
    color: var(--soft);
    white-space: nowrap;
    border-bottom-color: var(--ring);
  }
  tbody th {
    min-width: 11rem;
    font-weight: 400;
    overflow-wrap: anywhere;
  }
  tbody.group th[colspan] {
    font-weight: 600;
    padding-top: 1rem;
  }
  .n {
    text-align: right;
  }
  td time,
  td .when {
    white-space: nowrap;
  }
  td code {
    overflow-wrap: break-word;
  }
  td.what {
    min-width: 15rem;
  }
  .tag {
    display: inline-block;
    padding: 0.05rem 0.5rem;
    border-radius: 4px;
    font-size: 0.8125rem;
    font-weight: 600;
    white-space: nowrap;
  }
  .tag.refused {
    color: var(--refused);
    background: var(--refused-soft);
  }
  .tag.warn {
    color: var(--warn);
    background: var(--warn-soft);
  }
  details {
    margin-top: 0.9rem;
  }
  summary {
    cursor: pointer;
    font-size: 0.9375rem;
    padding: 0.35rem 0;
    text-decoration: underline;
    text-decoration-thickness: 1px;
    text-underline-offset: 3px;
  }
  :focus-visible {
    outline: 3px solid var(--given);
    outline-offset: 3px;
    border-radius: 2px;
  }
  .names {
    columns: 3 15rem;
    column-gap: 2rem;
    list-style: none;
    margin: 0.9rem 0 0;
    padding: 0;
    border-top: 1px solid var(--line);
  }
  .names li {
    break-inside: avoid;
    padding: 0.45rem 0;
    line-height: 1.35;
    border-bottom: 1px solid var(--line);
  }
  .names small {
    display: block;
    color: var(--soft);
    font-size: 0.8125rem;
  }
  footer {
    border-top: 1px solid var(--line);
    padding-top: 1rem;
    padding-bottom: 3rem;
    font-size: 0.875rem;
    color: var(--soft);
  }
  .hidden {
    position: absolute;
    width: 0;
    height: 0;
    overflow: hidden;
  }
`;
