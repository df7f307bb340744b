/** The template as it stands; the name tells editors and formatters what language it is. */
export const css = (strings: TemplateStringsArray): string => String.raw(strings);
