import { css } from "./css.ts";

/** On paper. */
export const PAPER = css`
  @media print {
    :root {
      color-scheme: light;
      --paper: #fff;
      --card: #fff;
      --ink: #000;
      --soft: #444;
      --line: #bbb;
      --grid: #ddd;
      --rest: #f3f3f3;
      --given: #1f7a78;
      --refused: #b3261e;
      --warn: #8a5300;
      --ring: #555;
      --refused-soft: #fff;
      --warn-soft: #fff;
      --good: #000;
    }
    html {
      font-size: 11px;
    }
    .axis text {
      font-size: 9px;
    }
    .row {
      grid-template-columns: minmax(0, 14rem) minmax(0, 1fr) 10.5rem;
    }
    main,
    header,
    footer {
      max-width: none;
      padding: 0;
    }
    figure {
      border-radius: 0;
      padding: 0.5rem;
    }
    section {
      margin: 1.5rem 0;
    }
    h2,
    .job {
      break-after: avoid;
    }
    tr,
    li {
      break-inside: avoid;
    }
    details {
      display: none;
    }
    svg * {
      print-color-adjust: exact;
      -webkit-print-color-adjust: exact;
    }
  }
`;
