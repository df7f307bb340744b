/** The part of `ini` that is used; the package has no types of its own. */
declare module "ini" {
  export function parse(text: string): Record<string, unknown>;
}
