/** Text for people: colour only where it is wanted, and foreign text made safe for a terminal. */

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

/** 67108864 → "64 MiB"; exact where it is a whole number of a unit, else with one decimal. */
export function bytesText(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${Number.isInteger(value) ? value : value.toFixed(1)} ${units[unit]}`;
}

/** Seconds → "3s", "4m05s", "2h03m", "5d04h". */
export function ageText(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const pair = (big: number, bigName: string, small: number, smallName: string) =>
    `${big}${bigName}${String(small).padStart(2, '0')}${smallName}`;
  if (whole < 60) return `${whole}s`;
  if (whole < 3600) return pair(Math.floor(whole / 60), 'm', whole % 60, 's');
  if (whole < 86400) return pair(Math.floor(whole / 3600), 'h', Math.floor((whole % 3600) / 60), 'm');
  return pair(Math.floor(whole / 86400), 'd', Math.floor((whole % 86400) / 3600), 'h');
}

/** Rows as columns two blanks apart; the first row is the heading. Cells must be printable already. */
export function tableText(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, cell.length);
    });
  }
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
