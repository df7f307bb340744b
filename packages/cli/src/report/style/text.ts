import { css } from "./css.ts";

/** The page around the pictures. */
export const TEXT = css`
  * {
    box-sizing: border-box;
  }
  html {
    -webkit-text-size-adjust: 100%;
  }
  body {
    margin: 0;
    background: var(--paper);
    color: var(--ink);
    font:
      1rem/1.5 system-ui,
      -apple-system,
      "Segoe UI",
      Roboto,
      "Noto Sans",
      sans-serif;
    font-variant-numeric: tabular-nums;
  }
  main,
  header,
  footer {
    max-width: 74rem;
    margin: 0 auto;
    padding: 0 clamp(1rem, 4vw, 2.5rem);
  }
  header {
    padding-top: clamp(1.75rem, 5vw, 3.5rem);
  }
  h1 {
    font-size: clamp(1.75rem, 4.4vw, 2.6rem);
    line-height: 1.15;
    letter-spacing: -0.02em;
    margin: 0.3rem 0 0.5rem;
    font-weight: 650;
    text-wrap: balance;
  }
  h2 {
    font-size: 1.35rem;
    line-height: 1.25;
    letter-spacing: -0.01em;
    margin: 0 0 0.35rem;
    font-weight: 650;
  }
  p {
    margin: 0 0 0.75rem;
    max-width: 66ch;
  }
  .eyebrow {
    margin: 0;
    font-size: 0.8125rem;
    font-weight: 600;
    letter-spacing: 0.08em;
    text-transform: uppercase;
    color: var(--soft);
  }
  .soft {
    color: var(--soft);
  }
  .small {
    font-size: 0.875rem;
  }
  code,
  .mono {
    font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace;
    font-size: 0.875em;
    overflow-wrap: anywhere;
  }
  section {
    margin: clamp(2.25rem, 5vw, 3.5rem) 0;
  }
  .numbers {
    display: grid;
    grid-template-columns: repeat(4, 1fr);
    margin: 1.75rem 0 0;
    padding: 0;
    border-block: 1px solid var(--line);
  }
  .numbers div {
    padding: 1rem 1rem 1rem 0;
  }
  .numbers div + div {
    padding-left: 1.25rem;
    border-left: 1px solid var(--line);
  }
  .numbers dt {
    color: var(--soft);
    font-size: 0.875rem;
    line-height: 1.35;
  }
  .numbers dd {
    margin: 0;
    font-size: 1.9rem;
    line-height: 1.2;
    font-weight: 600;
    letter-spacing: -0.02em;
  }
  .numbers .bad dd {
    color: var(--refused);
  }
  .numbers .odd dd {
    color: var(--warn);
  }
  .state {
    margin: 1.1rem 0 0;
    font-size: 0.9375rem;
    max-width: none;
  }
  .state.broken {
    padding: 0.75rem 1rem;
    border-left: 4px solid var(--refused);
    background: var(--refused-soft);
  }
  .look {
    list-style: none;
    margin: 0.75rem 0 0;
    padding: 0;
    border-top: 1px solid var(--line);
  }
  .look li {
    display: grid;
    grid-template-columns: 1.75rem minmax(0, 1fr);
    overflow-wrap: anywhere;
    padding: 0.7rem 0;
    border-bottom: 1px solid var(--line);
  }
  .look svg {
    margin-top: 0.28rem;
  }
`;
