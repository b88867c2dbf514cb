/**
 * Reading what `xenstore-ls -f` and `xenstore-read` print. Values come from guests: they are data, of bounded length, and
 * whatever a guest writes, it cannot end its own line, since the tools escape newlines. Pure.
 */

const longestValue = 4096;

/** `/path = "value"` lines → path → value. Other lines are passed over. */
export function parseStoreListing(text: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const line of text.split('\n')) {
    const match = /^(\/[A-Za-z0-9\-/_@]*) = "(.*)"$/.exec(line);
    if (match?.[1] !== undefined) found.set(match[1], decodeValue(match[2] ?? ''));
  }
  return found;
}

/** Undoes the escapes of xenstore's tools (`\n`, `\t`, `\r`, `\\`, `\xNN`). Bytes that are no UTF-8 become U+FFFD. */
export function decodeValue(escaped: string): string {
  const names: Record<string, string> = { n: '\n', t: '\t', r: '\r' };
  // As bytes, a character each: the escapes stand for bytes.
  const raw = Buffer.from(escaped.slice(0, longestValue)).toString('latin1');
  const bytes = raw.replaceAll(/\\(?:x([0-9a-f]{2})|(.))/g, (_, hex, character) => {
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
    return names[character] ?? character;
  });
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

/** A value for `xenstore-write`, which undoes backslash escapes in it. */
export function encodeValue(value: string): string {
  return value.replaceAll('\\', '\\\\');
}
