/**
 * lwd's end of the stream of a domain's process channel: between a socket of this machine and the channel's frames, every byte as
 * it is. What goes to the socket waits for who reads it, without holding up what else the channel carries; what comes from it
 * is taken as far as the domain has room. The end of each way is passed on by itself.
 */
import type { Duplex } from 'node:stream';
import { longestFrame, toChannel } from '../facts/process-frames.js';
import { InputFeed } from './input-feed.js';

/** Bytes of the domain's that are on their way at most. */
const windowSize = 65_536;
/** Milliseconds in which who reads has to take the last of them. */
const patience = 5000;

/** What a stream leads to: a socket, or what stands in for one. */
export interface StreamEnd extends Duplex {
  /** Destroys it when what was written to it has gone. */
  destroySoon(): void;
}

export class ProcessStream {
  readonly #send: (kind: number, data?: Uint8Array) => void;
  readonly #open: () => StreamEnd | undefined;
  readonly #input: InputFeed;
  #socket: StreamEnd | undefined;
  #begun = false;
  #inputEnded = false;

  constructor(send: (kind: number, data?: Uint8Array) => void, open: () => StreamEnd | undefined) {
    this.#send = send;
    this.#open = open;
    this.#input = new InputFeed(() => this.#begin(), {
      longest: longestFrame,
      take: (chunk) => {
        if (!this.#inputEnded) this.#send(toChannel.streamInput, chunk);
      },
      end: () => this.#endInput(),
    });
  }

  /** The domain has room for so many bytes. */
  grant(bytes: number): void {
    this.#input.grant(bytes);
  }

  /** From the domain, which does not send more than it was given room for but at its end. */
  write(data: Uint8Array): void {
    this.#begin()?.write(data, (error) => {
      if (!error) this.#room(data.length);
    });
  }

  /** The domain is done with it, or gone: what it wrote still gets to whom it is for. */
  close(): void {
    const socket = this.#socket;
    this.#inputEnded = true;
    if (socket === undefined || socket.destroyed) return;
    const timer = setTimeout(() => socket.destroy(), patience);
    socket.once('close', () => clearTimeout(timer));
    socket.destroySoon();
  }

  #begin(): StreamEnd | undefined {
    if (this.#begun) return this.#socket;
    this.#begun = true;
    const socket = this.#open();
    this.#socket = socket;
    if (socket === undefined) {
      this.#send(toChannel.streamGone);
      return undefined;
    }
    // Whatever went wrong, it is gone: 'close' follows.
    socket.on('error', () => {});
    socket.on('close', () => {
      this.#endInput();
      this.#send(toChannel.streamGone);
    });
    this.#room(windowSize);
    return socket;
  }

  #room(bytes: number): void {
    const more = Buffer.alloc(4);
    more.writeUInt32LE(bytes);
    this.#send(toChannel.streamRoom, more);
  }

  #endInput(): void {
    if (this.#inputEnded) return;
    this.#inputEnded = true;
    this.#send(toChannel.streamInputEnds);
  }
}
