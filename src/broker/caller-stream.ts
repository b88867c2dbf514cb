/**
 * The stream of a caller's domain (PMI) on its way through the broker: to src/xl/stream/process-stream.ts it is the socket,
 * which in truth the caller has. Each way by itself, its end too, and neither holds up what else the connection carries.
 * Nobody is trusted: a caller who sends more than he was asked for is cut off, and of what a domain writes no more goes to him
 * than he said that he takes.
 */
import { Duplex } from 'node:stream';
import type { StreamEnd } from '../xl/stream/process-stream.js';
import type { Connection } from './connection.js';

/** Bytes of the caller's that may be under way. */
export const streamWindow = 64 * 1024;
/** The most that a caller can have said that he takes: who says more says this. */
const mostRoom = 2 ** 20;
/** Pieces that are kept apart: a caller may send each byte by itself. */
const mostPieces = 256;

/** What a caller says of it. */
export type StreamWord =
  | { word: 'stream-room'; bytes: number }
  | { word: 'stream-input-ends' }
  | { word: 'stream-gone' };

export class CallerStream extends Duplex implements StreamEnd {
  readonly #connection: Connection;
  readonly #cut = () => this.destroy();
  #pieces: Uint8Array[] = [];
  /** Bytes that the caller was asked for and has not sent. */
  #asked = 0;
  #wanted = false;
  #inputEnded = false;
  #room = 0;
  #waiting: (() => void) | undefined;

  /** From now on the connection's stream is this. */
  constructor(connection: Connection) {
    super({ allowHalfOpen: true, readableHighWaterMark: 1, writableHighWaterMark: streamWindow });
    this.#connection = connection;
    connection.onStream = (bytes) => this.#take(bytes);
    connection.gone.addEventListener('abort', this.#cut, { once: true });
    this.#ask(streamWindow);
  }

  /** A word of the caller's. */
  hear(word: StreamWord): void {
    if (word.word === 'stream-gone') this.destroy();
    else if (word.word === 'stream-input-ends') {
      this.#inputEnded = true;
      this.#give();
    } else {
      this.#room = Math.min(this.#room + word.bytes, mostRoom);
      this.#waiting?.();
    }
  }

  /** After what was written has gone to the caller. */
  destroySoon(): void {
    this.end();
    if (this.writableFinished) this.destroy();
    else this.once('finish', () => this.destroy());
  }

  override _read(): void {
    this.#wanted = true;
    this.#give();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#pass(chunk).then(() => done(), done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#connection.gone.removeEventListener('abort', this.#cut);
    this.#pieces = [];
    this.#waiting?.();
    this.#connection.event({ kind: 'stream-ends' });
    done(error);
  }

  async #pass(chunk: Buffer): Promise<void> {
    for (let at = 0; at < chunk.length; ) {
      while (this.#room === 0 && !this.destroyed) {
        await new Promise<void>((resolve) => {
          this.#waiting = resolve;
        });
      }
      if (this.destroyed) throw new Error('the other end is gone');
      const piece = chunk.subarray(at, at + this.#room);
      this.#room -= piece.length;
      at += piece.length;
      await this.#connection.flow('stream', piece);
    }
  }

  /** False: that many were not asked for. */
  #take(bytes: Uint8Array): boolean {
    if (bytes.length > this.#asked || this.#inputEnded) return false;
    this.#asked -= bytes.length;
    if (this.destroyed || bytes.length === 0) return true;
    if (this.#pieces.length >= mostPieces) this.#pieces = [Buffer.concat(this.#pieces)];
    this.#pieces.push(bytes);
    this.#give();
    return true;
  }

  /** What there is, if somebody reads. */
  #give(): void {
    if (!this.#wanted || this.destroyed) return;
    if (this.#pieces.length === 0 && !this.#inputEnded) return;
    this.#wanted = false;
    const bytes = Buffer.concat(this.#pieces);
    this.#pieces = [];
    if (bytes.length === 0) {
      this.push(null);
      return;
    }
    this.push(bytes);
    this.#ask(bytes.length);
  }

  #ask(bytes: number): void {
    if (this.#inputEnded) return;
    this.#asked += bytes;
    this.#connection.event({ kind: 'stream-reads', bytes });
  }
}
