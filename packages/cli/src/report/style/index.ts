import { COLOURS } from "./colours.ts";
import { LISTS } from "./lists.ts";
import { NARROW } from "./narrow.ts";
import { PAPER } from "./paper.ts";
import { PICTURES } from "./pictures.ts";
import { TEXT } from "./text.ts";

/** The look of the page. */
export const STYLE = [COLOURS, TEXT, PICTURES, LISTS, NARROW, PAPER].join("").replace(/\s*\n\s*/g, "\n");
