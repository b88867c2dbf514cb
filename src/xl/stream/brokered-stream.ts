/**
 * The caller's end of a domain's stream through a broker: what process-stream.ts does with the frames of a channel, with a broker's
 * (src/broker/caller-stream.ts).
 */
import type { AskReply } from '../../host/host.js';
import { toChannel } from '../facts/process-frames.js';
import { ProcessStream, type StreamEnd } from './process-stream.js';

/** What the broker says of it. */
export type StreamEvent = { kind: 'stream-reads'; bytes: number } | { kind: 'stream-ends' };

export class BrokeredStream {
  readonly #open: (() => StreamEnd | undefined) | undefined;
  #stream: ProcessStream | undefined;
  /** Bytes that the broker may send. */
  #room = 0;

  constructor(open: (() => StreamEnd | undefined) | undefined) {
    this.#open = open;
  }

  hear(event: StreamEvent, reply: AskReply): void {
    if (event.kind === 'stream-ends') this.close();
    else {
      this.#stream ??= new ProcessStream(
        (kind, data) => this.#send(reply, kind, data),
        () => this.#open?.(),
      );
      this.#stream.grant(event.bytes);
    }
  }

  /** Throws if that is more than there is room for. */
  take(bytes: Uint8Array): void {
    if (bytes.length > this.#room) throw new Error(`${bytes.length} bytes of a stream with room for ${this.#room}`);
    this.#room -= bytes.length;
    this.#stream?.write(bytes);
  }

  /** What was written still gets to whom it is for. */
  close(): void {
    this.#stream?.close();
  }

  #send(reply: AskReply, kind: number, data: Uint8Array = Buffer.alloc(0)): void {
    if (kind === toChannel.streamInput) reply.stream(data);
    else if (kind === toChannel.streamInputEnds) reply.event({ word: 'stream-input-ends' });
    else if (kind === toChannel.streamGone) reply.event({ word: 'stream-gone' });
    else {
      const bytes = Buffer.from(data).readUInt32LE();
      this.#room += bytes;
      reply.event({ word: 'stream-room', bytes });
    }
  }
}
