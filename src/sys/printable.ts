/** Text that comes from a guest or a tool, made safe for a terminal. */

/** Control characters but tab and newline, the C1 set, and the marks that reorder or hide text. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is about
const unsafe = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufffe\uffff]/g;

/**
 * Text that a guest or a tool wrote, fit to be shown: what a terminal would act on is written as `\xNN` or `\u{NNNN}`.
 * Tabs and newlines stay. At most `limit` UTF-16 units, the end of what is longer is replaced by an ellipsis.
 */
export function printable(text: string, limit = 4096): string {
  const cut = text.length > limit ? `${text.slice(0, limit)}…` : text;
  return cut.replaceAll(unsafe, (character) => {
    const code = character.charCodeAt(0);
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
  });
}

/** As `printable`, on one line: newlines and tabs become blanks. */
export function printableLine(text: string, limit = 200): string {
  return printable(text.replaceAll(/[\t\n]+/g, ' '), limit);
}
