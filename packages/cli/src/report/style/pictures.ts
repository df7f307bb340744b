import { css } from "./css.ts";

/** Rows with a name, a strip and a total each. */
export const PICTURES = css`
  figure {
    margin: 1rem 0 0;
    padding: 1.1rem 1.25rem 1rem;
    background: var(--card);
    border: 1px solid var(--line);
    border-radius: 10px;
  }
  figcaption {
    display: flex;
    flex-wrap: wrap;
    gap: 0.25rem 1.5rem;
    font-size: 0.875rem;
    color: var(--soft);
    margin-bottom: 0.6rem;
  }
  figcaption span {
    display: inline-flex;
    align-items: center;
    gap: 0.5rem;
  }
  .row {
    display: grid;
    grid-template-columns: minmax(0, 17rem) minmax(0, 1fr) 10.5rem;
    column-gap: 1rem;
    align-items: center;
    break-inside: avoid;
  }
  .row svg.plot {
    grid-column: 2;
    grid-row: 1;
    display: block;
    width: 100%;
    height: 28px;
    overflow: visible;
  }
  .row .name {
    grid-column: 1;
    min-width: 0;
    overflow-wrap: anywhere;
    line-height: 1.3;
  }
  .row .total {
    grid-column: 3;
    text-align: right;
    font-size: 0.875rem;
    line-height: 1.25;
    white-space: nowrap;
  }
  .row .total b {
    font-weight: 600;
  }
  .row .total .no {
    color: var(--refused);
  }
  .row .total .odd {
    color: var(--warn);
  }
  .row .total span + span {
    margin-left: 0.6rem;
  }
  .axis svg.plot {
    height: 22px;
  }
  .axis.top {
    border-bottom: 1px solid var(--line);
  }
  .axis.bottom {
    border-top: 1px solid var(--line);
  }
  .axis text {
    fill: var(--soft);
    font-size: 12px;
  }
  .axis line {
    stroke: var(--ring);
  }
  .job {
    max-width: none;
    margin: 0.55rem 0 0;
    padding-top: 0.45rem;
    border-top: 1px solid var(--line);
    font-size: 0.9375rem;
    line-height: 1.35;
    overflow-wrap: anywhere;
  }
  .axis.top + .job {
    border-top: 0;
    margin-top: 0.1rem;
  }
  .job b {
    font-weight: 600;
  }
  .grid line {
    stroke: var(--grid);
  }
  .grid rect {
    fill: var(--rest);
  }
  .given {
    fill: var(--given);
  }
  .refused {
    fill: var(--refused);
    stroke: var(--card);
    stroke-width: 1.5;
  }
  .unanswered {
    fill: var(--card);
    stroke: var(--ring);
    stroke-width: 1.75;
  }
  .base {
    stroke: var(--line);
  }
  .silence {
    fill: url(#hatch);
    stroke: var(--warn);
    stroke-width: 1.25;
  }
  .hatch {
    stroke: var(--warn);
    stroke-width: 2;
  }
  .stop {
    fill: var(--warn);
    stroke: var(--card);
    stroke-width: 1.5;
  }
`;
