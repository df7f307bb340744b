/** One value of NODE_OPTIONS that Node takes apart into these flags again: it knows quotes, and backslashes within them. */
export const nodeOptions = (flags: readonly string[]): string => flags.map(quoted).join(" ");

const quoted = (flag: string): string =>
  /^[\w=/.,:*-]+$/.test(flag) ? flag : `"${flag.replace(/["\\]/g, "\\$&")}"`;

/** The flags in a value of NODE_OPTIONS, as Node takes it apart. */
export function splitNodeOptions(text: string): string[] {
  const parts = text.match(/(?:"(?:\\.|[^"\\])*"|[^ "])+/gs) ?? [];
  return parts.map((part) =>
    part.replace(/"((?:\\.|[^"\\])*)"/gs, (_, inner: string) => inner.replace(/\\(.)/gs, "$1")),
  );
}
