/** The little of roff that a manual page needs: groff_man(7). What goes in is plain text; nothing of it is a request. */

const ESCAPED: Readonly<Record<string, string>> = {
  "\\": "\\(rs",
  "-": "\\-",
  "'": "\\(aq",
  '"': "\\(dq",
  "^": "\\(ha",
  "~": "\\(ti",
  "`": "\\(ga",
};

/** Text in which no character means anything to roff; a line that would be a request begins with a space of no width. */
export const text = (plain: string): string =>
  plain.replace(/[\\\-'"^~`]/g, (one) => ESCAPED[one] ?? one).replace(/^\./gm, "\\&.");

export const bold = (plain: string): string => `\\fB${text(plain)}\\fR`;
const italic = (plain: string): string => `\\fI${text(plain)}\\fR`;

/** A command line as commander writes it: what stands in angle brackets is for the reader to fill in. */
export const syntax = (plain: string): string =>
  plain
    .split(/(<[^>]*>)/)
    .map((part) => (part.startsWith("<") ? italic(part.slice(1, -1)) : bold(part)))
    .join("")
    .replaceAll("\\fB\\fR", "");

export const section = (title: string): string => `.SH ${text(title.toUpperCase())}`;
export const subsection = (title: string): string => `.SS ${text(title)}`;
export const paragraph = (roff: string): string => `.PP\n${roff}`;
/** A term, and below it, further in, what is said of it. */
export const item = (term: string, roff: string): string => `.TP\n${term}\n${roff}`;
/** Further in than what comes before. */
export const inner = (...lines: readonly string[]): string => [".RS", ...lines, ".RE"].join("\n");
/** Lines that are not filled. */
export const verbatim = (plain: string): string => `.PP\n.nf\n${text(plain)}\n.fi`;
