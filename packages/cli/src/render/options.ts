import { usage } from "../failure/failure.ts";
import type { Parser } from "../parse/option-values.ts";
import type { EscapeName } from "./escape-names.ts";

/** Options of `agent render`, as parsed. */
export interface RenderOptions {
  readonly out?: string;
  readonly mode?: number;
  readonly owner?: string;
  readonly group?: string;
  readonly escape?: EscapeName;
  readonly allowDisk?: boolean;
  /** Milliseconds. */
  readonly wait?: number;
  readonly tokenFile?: string;
}

/** The permissions of a file in octal; no set-id and no sticky bit. */
export const modeOption: Parser = (text, option) => {
  if (/^0?[0-7]{3}$/.test(text)) return parseInt(text, 8);
  throw usage(`${option} takes three octal digits, such as 0600 or 0640`);
};
