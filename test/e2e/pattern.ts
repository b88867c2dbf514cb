/** Bytes that guest programs make too, so that what comes through can be compared. */

/** `text`: lines of printable characters; else every byte value. */
export function pattern(count: number, text: boolean): Buffer {
  const bytes = Buffer.alloc(count);
  let state = 12345;
  for (let at = 0; at < count; at += 1) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const byte = state >>> 24;
    if (!text) bytes[at] = byte;
    else bytes[at] = byte % 64 === 0 ? 10 : 32 + (byte % 95);
  }
  return bytes;
}
