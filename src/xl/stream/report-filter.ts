/**
 * Keeps the kernel's crash report out of the application's output while it is streamed: from a line that begins a report
 * on, bytes are held until it is known how the domain ended. Everything else passes at once, byte for byte.
 */
const mark = Buffer.from('lwd: crash: ');
/** A report is far shorter. An application that writes such a line and goes on gets its bytes late, but it gets them. */
const mostHeld = 64 * 1024;

export class ReportFilter {
  readonly #pass: (chunk: Uint8Array) => void;
  #state: 'passing' | 'holding' | 'open' = 'passing';
  /** Held bytes; while passing, the beginning of a line that may yet turn out to begin a report. */
  #held: Buffer = Buffer.alloc(0);
  #atLineStart = true;

  constructor(pass: (chunk: Uint8Array) => void) {
    this.#pass = pass;
  }

  push(chunk: Uint8Array): void {
    if (this.#state === 'open') {
      this.#pass(chunk);
      return;
    }
    const bytes = Buffer.concat([this.#held, chunk]);
    if (this.#state === 'passing') this.#look(bytes);
    else this.#hold(bytes);
  }

  /** After the last byte: what is still held, for the caller to judge. */
  end(): Uint8Array {
    const held = this.#held;
    this.#held = Buffer.alloc(0);
    return held;
  }

  #look(bytes: Buffer): void {
    const start = this.#startOfReport(bytes);
    if (start !== undefined) {
      this.#give(bytes.subarray(0, start));
      this.#state = 'holding';
      this.#hold(bytes.subarray(start));
      return;
    }
    const lastLine = bytes.lastIndexOf('\n') + 1;
    const undecided =
      (lastLine > 0 || this.#atLineStart) &&
      bytes.length - lastLine < mark.length &&
      mark.subarray(0, bytes.length - lastLine).equals(bytes.subarray(lastLine));
    const passed = undecided ? lastLine : bytes.length;
    if (passed > 0) this.#atLineStart = undecided;
    this.#give(bytes.subarray(0, passed));
    this.#held = bytes.subarray(passed);
  }

  #startOfReport(bytes: Buffer): number | undefined {
    if (this.#atLineStart && bytes.subarray(0, mark.length).equals(mark)) return 0;
    const before = bytes.indexOf(`\n${mark.toString()}`);
    return before < 0 ? undefined : before + 1;
  }

  #hold(bytes: Buffer): void {
    this.#held = bytes;
    if (bytes.length <= mostHeld) return;
    this.#state = 'open';
    this.#give(this.end());
  }

  #give(bytes: Uint8Array): void {
    if (bytes.length > 0) this.#pass(bytes);
  }
}
