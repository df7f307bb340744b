import { css } from "./css.ts";

/** Light and dark. Text has a contrast of at least 4.5 to 1 on what it stands on, marks of 3 to 1. */
export const COLOURS = css`
  :root {
    color-scheme: light dark;
    --paper: #fbfbf9;
    --card: #fff;
    --ink: #1b1e23;
    --soft: #575d66;
    --line: #e2e3de;
    --grid: #ebece7;
    --rest: #f4f5f1;
    --given: #1f7a78;
    --refused: #b3261e;
    --refused-soft: #fdeeec;
    --warn: #8a5300;
    --warn-soft: #fdf3e1;
    --ring: #6b7079;
    --good: #22683f;
  }
  @media (prefers-color-scheme: dark) {
    :root {
      --paper: #131518;
      --card: #1a1d21;
      --ink: #e9eae6;
      --soft: #a4aab3;
      --line: #2f343a;
      --grid: #2a2f35;
      --rest: #23282d;
      --given: #5cc0bb;
      --refused: #ff8f80;
      --refused-soft: #38201e;
      --warn: #efb65c;
      --warn-soft: #33281a;
      --ring: #9aa0a9;
      --good: #7fcb9c;
    }
  }
`;
