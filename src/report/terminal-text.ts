/**
 * A stranger's bytes on their way to a terminal: text passes, and what a terminal would act on is shown as `\xNN` or `\u{NNNN}`.
 * Newlines and tabs stay; a carriage return stays in front of a newline, where it does nothing.
 */
import { printable } from '../sys/printable.js';

export class TerminalText {
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  /** A carriage return at the end of a piece: what comes next decides. */
  #held = '';

  /** Gives what can be shown by now. Bytes that are no UTF-8 become U+FFFD; a character that is not whole yet waits. */
  push(chunk: Uint8Array): Uint8Array {
    const text = this.#held + this.#decoder.decode(chunk, { stream: true });
    const whole = text.endsWith('\r') ? text.slice(0, -1) : text;
    this.#held = text.slice(whole.length);
    return Buffer.from(printable(whole.replaceAll('\r\n', '\n'), Number.POSITIVE_INFINITY));
  }
}
