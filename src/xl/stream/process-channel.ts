/**
 * lwd's end of a domain's process channel (dom0/process-channel): takes the frames that come on the run script's stdout apart,
 * and feeds its stdin with the process's input, signals, and words for the script itself.
 */
import { type Readable, Writable } from 'node:stream';
import {
  encodeFrame,
  type Frame,
  FrameReader,
  fromChannel,
  longestFrame,
  type PassedSignal,
  passedSignals,
  toChannel,
} from '../facts/process-frames.js';
import { InputFeed } from './input-feed.js';
import { ProcessStream, type StreamEnd } from './process-stream.js';

export interface ProcessStreams {
  /** What the process wrote. As long as a promise is not kept, nothing more is taken, and in the end the process waits. */
  onStdout(chunk: Uint8Array): void | Promise<void>;
  onStderr(chunk: Uint8Array): void | Promise<void>;
  /** The console's text: of the kernel, of what stands in for it, and of programs that have no channel. */
  onConsole(chunk: Uint8Array): void | Promise<void>;
  /** What the process reads. Asked for only if it reads, and destroyed at the end; undefined: nothing. */
  openStdin(): Readable | undefined;
  /** What the domain's stream leads to (process-stream.ts). Asked for only if it has one; undefined: nothing. */
  openStream?(): StreamEnd | undefined;
}

/** What may be done to a process while it runs. */
export interface ProcessControls {
  signal(name: PassedSignal): void;
}

export class ProcessChannel implements ProcessControls {
  readonly #streams: ProcessStreams;
  readonly #reader = new FrameReader();
  readonly #onEnd: () => void;
  #stdin: Writable | undefined;
  readonly #input: InputFeed;
  readonly #stream = new ProcessStream(
    (kind, data) => this.#send(kind, data),
    () => this.#streams.openStream?.(),
  );

  /** For the script's stdout. Slow when those are slow that get what comes. */
  readonly output = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      this.#take(chunk).then(() => done(), done);
    },
  });

  /** `onEnd`: everything that the domain wrote has been handed on. */
  constructor(streams: ProcessStreams, onEnd: () => void) {
    this.#streams = streams;
    this.#onEnd = onEnd;
    this.#input = new InputFeed(() => streams.openStdin(), {
      longest: longestFrame,
      take: (chunk) => this.#send(toChannel.input, chunk),
      end: () => this.#send(toChannel.inputEnds),
    });
  }

  /** The script's stdin. */
  attach(stdin: Writable): void {
    this.#stdin = stdin;
  }

  /** A line for the script. */
  words(line: string): void {
    this.#send(toChannel.words, Buffer.from(`${line}\n`));
  }

  signal(name: PassedSignal): void {
    this.#send(toChannel.signal, Buffer.from([passedSignals.indexOf(name)]));
  }

  /** Ends the lifeline. Before everything is over, that means that lwd is gone. */
  close(): void {
    this.#input.close();
    this.#stream.close();
    this.#stdin?.end();
    this.#stdin = undefined;
  }

  #send(kind: number, data?: Uint8Array): void {
    this.#stdin?.write(encodeFrame(kind, data));
  }

  async #take(chunk: Buffer): Promise<void> {
    for (const frame of this.#reader.push(chunk)) await this.#handle(frame);
  }

  #handle({ kind, data }: Frame): void | Promise<void> {
    switch (kind) {
      case fromChannel.stdout:
        return this.#streams.onStdout(data);
      case fromChannel.stderr:
        return this.#streams.onStderr(data);
      case fromChannel.console:
        return this.#streams.onConsole(data);
      case fromChannel.credit:
        return this.#input.grant(data.readUInt32LE());
      case fromChannel.end:
        return this.#onEnd();
      case fromChannel.stream:
        return this.#stream.write(data);
      case fromChannel.streamCredit:
        return this.#stream.grant(data.readUInt32LE());
      case fromChannel.streamEnds:
        return this.#stream.close();
      default:
        throw new Error(`the process channel sent a frame of kind ${kind}`);
    }
  }
}
