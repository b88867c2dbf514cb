/** One connection of the broker's: who it is from, its one request, and what goes to and fro until the answer. */
import type { Socket } from 'node:net';
import type { ExitCodeName } from '../exit-codes.js';
import { dataFrames, decodeJson, encodeJson, type FrameKind, FrameReader } from '../host/broker/frames.js';
import { step } from '../sys/crash-point.js';
import { type Caller, longestIntroduction, parseIntroduction, readJob } from './caller.js';

/** Bytes that may wait for a caller who does not read: then he has had enough. */
const mostWaiting = 16 * 2 ** 20;
/** Bytes of a process's output that may: then it waits, and so does the process. */
const usuallyWaiting = 2 ** 20;
/** Of what a caller has sent and nobody has taken: then no more is read of him, which also holds his signals back. */
const mostHeld = 2 * 2 ** 20;
/** Milliseconds that a caller has for his request. */
const patience = 10_000;

export class Connection {
  readonly #socket: Socket;
  readonly #gone = new AbortController();
  readonly #reader: FrameReader;
  #introduction: Buffer | undefined = Buffer.alloc(0);
  #caller: Promise<Caller> | undefined;
  #request: unknown;
  #asked: (caller: Caller | undefined) => void = () => {};
  readonly #asking = new Promise<Caller | undefined>((resolve) => {
    this.#asked = resolve;
  });
  #pieces: Uint8Array[] = [];
  /** What they cost. */
  #held = 0;
  #events: unknown[] = [];
  #ended = false;
  #waiting: (() => void)[] = [];
  /** Takes what the caller says that is not to wait until somebody asks for it: true, if it was that. */
  onWord: ((value: unknown) => boolean) | undefined;
  /** Takes what the caller sends of his domain's stream: false, if it was not to come. */
  onStream: ((bytes: Uint8Array) => boolean) | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.#reader = new FrameReader((kind, content) => this.#take(kind, content));
    const timer = setTimeout(() => socket.destroy(), patience);
    socket.on('error', () => {});
    socket.on('close', () => {
      clearTimeout(timer);
      this.#gone.abort();
      this.#asked(undefined);
      this.#wake();
    });
    socket.on('data', (chunk) => {
      try {
        this.#push(chunk);
      } catch {
        // Who does not keep to the protocol gets no answer.
        socket.destroy();
      }
      if (this.#request !== undefined) clearTimeout(timer);
    });
  }

  /** Aborted when the caller is gone. */
  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  /** Who asks, and what; undefined if nothing came of it. */
  async request(): Promise<{ caller: Caller; value: unknown } | undefined> {
    const caller = await this.#asking;
    return caller === undefined ? undefined : { caller, value: this.#request };
  }

  data(bytes: Uint8Array): void {
    for (const frame of dataFrames('data', bytes)) this.#send(frame);
  }

  /** What a process writes, for a caller who may be slow. */
  async flow(kind: 'data' | 'stderr' | 'console' | 'stream', bytes: Uint8Array): Promise<void> {
    for (const frame of dataFrames(kind, bytes)) this.#send(frame);
    while (!this.gone.aborted && this.#socket.writableLength > usuallyWaiting) {
      await new Promise<void>((resolve) => {
        const go = () => {
          for (const event of ['drain', 'close'] as const) this.#socket.off(event, go);
          resolve();
        };
        for (const event of ['drain', 'close'] as const) this.#socket.on(event, go);
      });
    }
  }

  errors(bytes: Uint8Array): void {
    for (const frame of dataFrames('errors', bytes)) this.#send(frame);
  }

  event(value: object): void {
    const own = step(`tell a caller: ${JSON.stringify(value)}`);
    this.#send(encodeJson('event', value));
    own.after();
  }

  /** The end. */
  answer(value: object): void {
    const own = step(`answer a caller: ${JSON.stringify(value)}`);
    this.#socket.end(encodeJson('result', value));
    own.after();
  }

  refuse(refused: string, exit: ExitCodeName = 'noPermission', next: string[] = []): void {
    this.answer({ refused, exit, next });
  }

  /** The bytes that come with the request. Ends early if the caller does. */
  async *bytes(): AsyncGenerator<Uint8Array> {
    while (!this.gone.aborted) {
      const piece = this.#pieces.shift();
      if (piece !== undefined) {
        this.#held -= costOf(piece);
        yield piece;
      } else if (this.#ended) return;
      else await this.#change();
      if (this.#pieces.length === 0) this.#socket.resume();
    }
  }

  /** What the caller says to an event. undefined if he is gone. */
  async reply(): Promise<unknown> {
    while (!this.gone.aborted && this.#events.length === 0) await this.#change();
    return this.#events.shift();
  }

  /** When the caller has no more to say, or is gone. */
  async ended(): Promise<void> {
    while (!this.gone.aborted && !this.#ended) await this.#change();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #send(frame: Uint8Array): void {
    if (this.gone.aborted || this.#socket.writableEnded) return;
    this.#socket.write(frame);
    if (this.#socket.writableLength > mostWaiting) this.#socket.destroy();
  }

  #push(chunk: Buffer): void {
    let rest = chunk;
    if (this.#introduction !== undefined) {
      const held = Buffer.concat([this.#introduction, chunk]);
      const end = held.indexOf(10);
      if (end < 0 && held.length <= longestIntroduction) {
        this.#introduction = held;
        return;
      }
      const known = end < 0 ? undefined : parseIntroduction(held.toString('latin1', 0, end));
      if (known === undefined) throw new Error('not from the front');
      this.#introduction = undefined;
      // Now: the process may be another one later.
      this.#caller = readJob(known.pid).then((job) => ({ ...known, job }));
      rest = held.subarray(end + 1);
    }
    this.#reader.push(rest);
  }

  #take(kind: FrameKind, content: Uint8Array): void {
    if (this.#request === undefined) {
      if (kind !== 'request') throw new Error('data before a request');
      this.#request = decodeJson(content) ?? null;
      this.#caller?.then((caller) => this.#asked(caller)).catch(() => this.#socket.destroy());
      return;
    }
    if (kind === 'data') {
      this.#pieces.push(content);
      this.#held += costOf(content);
      if (this.#held > mostHeld) this.#socket.pause();
    } else if (kind === 'event' && this.#events.length < 16) {
      const value = decodeJson(content);
      if (!this.onWord?.(value)) this.#events.push(value);
    } else if (kind === 'end') this.#ended = true;
    else if (kind !== 'stream' || !this.onStream?.(content)) throw new Error('a frame that means nothing here');
    this.#wake();
  }
}

/** Bytes of memory, roughly: a caller may send each byte by itself. */
function costOf(piece: Uint8Array): number {
  return piece.length + 256;
}
