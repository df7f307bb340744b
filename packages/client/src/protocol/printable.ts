// eslint-disable-next-line no-control-regex -- control characters are what is looked for
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;
const EVERY_CONTROL = new RegExp(CONTROL, "g");

/** Whether text has no character that could move a cursor or forge a line of a terminal or a log. */
export const isPrintable = (text: string): boolean => !CONTROL.test(text);

/** The text with `?` in place of each such character. */
export const printable = (text: string): string => text.replace(EVERY_CONTROL, "?");
