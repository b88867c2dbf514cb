/** The last bytes of a console, kept while it is streamed: a crash's report stands at the end. */
export class ConsoleTail {
  readonly #limit: number;
  #chunks: Uint8Array[] = [];
  #size = 0;

  constructor(limit = 64 * 1024) {
    this.#limit = limit;
  }

  push(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    if (this.#size > 2 * this.#limit) {
      this.#chunks = [this.#joined()];
      this.#size = this.#limit;
    }
  }

  /** At most the limit; bytes that are no UTF-8 become U+FFFD. */
  text(): string {
    return this.#joined().toString('utf8');
  }

  #joined(): Buffer {
    return Buffer.from(Buffer.concat(this.#chunks).subarray(-this.#limit));
  }
}
