/**
 * A process's standard input, on its way out of lwd: opened when the process first reads, and given as fast as there is room for
 * it on the far side, which says so in bytes.
 */
import type { Readable } from 'node:stream';

export interface InputTaker {
  /** Bytes at the most that it takes at once. */
  longest: number;
  take(chunk: Uint8Array): void;
  /** There is no more. */
  end(): void;
}

export class InputFeed {
  readonly #open: () => Readable | undefined;
  readonly #taker: InputTaker;
  #credit = 0;
  #source: Readable | undefined;
  #feeding = false;
  readonly #pump = () => this.#feed();
  readonly #finish = () => this.#taker.end();

  constructor(open: () => Readable | undefined, taker: InputTaker) {
    this.#open = open;
    this.#taker = taker;
  }

  /** The process reads, and there is room for so many bytes. */
  grant(bytes: number): void {
    this.#credit += bytes;
    if (this.#feeding) {
      this.#feed();
      return;
    }
    this.#feeding = true;
    const stdin = this.#open();
    this.#source = stdin;
    if (stdin === undefined || stdin.readableEnded) {
      this.#finish();
      return;
    }
    stdin.on('readable', this.#pump);
    stdin.on('end', this.#finish);
    // What cannot be read is at its end.
    stdin.on('error', this.#finish);
    this.#feed();
  }

  /** Nobody reads any more. */
  close(): void {
    this.#source?.off('readable', this.#pump);
    this.#source?.off('end', this.#finish);
    this.#source?.destroy();
  }

  #feed(): void {
    for (;;) {
      const held = this.#source?.readableLength ?? 0;
      // A read of nothing has a stream that holds something tell that it does, which comes here again, for ever.
      if (held > 0 && this.#credit === 0) return;
      const size = Math.min(this.#credit, this.#taker.longest, held);
      // Of one that holds nothing it has it look for more, or find its end.
      const chunk: Buffer | null = this.#source?.read(size) ?? null;
      if (chunk === null || size === 0) return;
      this.#credit -= chunk.length;
      this.#taker.take(chunk);
    }
  }
}
