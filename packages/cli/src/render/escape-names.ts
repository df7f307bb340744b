/** Formats that a secret can be escaped for. */
export const ESCAPES = ["json", "ini", "netrc", "shell", "none"] as const;
export type EscapeName = (typeof ESCAPES)[number];

export const isEscapeName = (text: string): text is EscapeName =>
  (ESCAPES as readonly string[]).includes(text);
