/**
 * A question to the broker on a connection of its own: what comes of it goes to the asker's handlers, piece after piece, until
 * there is an answer.
 */
import type { Socket } from 'node:net';
import { step } from '../../sys/crash-point.js';
import { streamDestination } from '../../sys/destination.js';
import { readPieces } from '../../sys/fs.js';
import type { AskHandlers, AskReply } from '../host.js';
import { dataFrames, decodeJson, encodeFrame, encodeJson, FrameReader } from './frames.js';

/** Nothing, if the connection ended without an answer. Rejects with what a handler threw, or the reason of handlers.signal. */
export function converse(
  socket: Socket,
  request: object,
  handlers: AskHandlers,
): Promise<{ answer: unknown } | undefined> {
  const own = step(`ask the broker: ${JSON.stringify(request)}`);
  return new Promise((resolve, reject) => {
    const abort = () => reject(handlers.signal?.reason);
    const pieces = new InTurn(socket, reject);
    let told: { answer: unknown } | undefined;
    const reader = frameReader(socket, handlers, pieces, (answer) => {
      told = { answer };
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      handlers.signal?.removeEventListener('abort', abort);
      if (told === undefined) return resolve(undefined);
      own.after();
      pieces.handed.then(() => resolve(told));
    });
    socket.on('data', (chunk) => {
      try {
        reader.push(chunk);
        if (told !== undefined) socket.destroy();
      } catch (error) {
        reject(error);
      }
    });
    if (handlers.signal?.aborted) return abort();
    handlers.signal?.addEventListener('abort', abort, { once: true });
    socket.write(encodeJson('request', request));
    own.during();
    handlers.onOpen?.(socket);
    if (handlers.file !== undefined) sendFile(socket, handlers.file).catch(reject);
  });
}

function frameReader(
  socket: Socket,
  handlers: AskHandlers,
  pieces: InTurn,
  answered: (answer: unknown) => void,
): FrameReader {
  const reply = replyOn(socket);
  return new FrameReader((kind, content) => {
    if (kind === 'data') pieces.hand(handlers.onData, content);
    else if (kind === 'stderr') pieces.hand(handlers.onStderr, content);
    else if (kind === 'console') pieces.hand(handlers.onConsole, content);
    else if (kind === 'stream') handlers.onStream?.(content);
    else if (kind === 'errors') handlers.onErrors?.(content);
    else if (kind === 'event') handlers.onEvent?.(decodeJson(content), reply);
    else if (kind === 'result') answered(decodeJson(content));
  });
}

/** Hands pieces over one after the other; until each is taken, the socket is not read. */
class InTurn {
  handed = Promise.resolve();
  #underWay = 0;
  readonly #socket: Socket;
  readonly #failed: (error: unknown) => void;

  constructor(socket: Socket, failed: (error: unknown) => void) {
    this.#socket = socket;
    this.#failed = failed;
  }

  hand(take: ((chunk: Uint8Array) => void | Promise<void>) | undefined, content: Uint8Array): void {
    this.#underWay += 1;
    this.#socket.pause();
    this.handed = this.handed
      .then(() => take?.(content))
      .catch(this.#failed)
      .finally(() => {
        this.#underWay -= 1;
        if (this.#underWay === 0) this.#socket.resume();
      });
  }
}

function replyOn(socket: Socket): AskReply {
  const send = (kind: 'data' | 'stream', bytes: Uint8Array) => {
    for (const frame of dataFrames(kind, bytes)) socket.write(frame);
  };
  return {
    event: (value) => {
      const own = step(`tell the broker: ${JSON.stringify(value)}`);
      socket.write(encodeJson('event', value));
      own.after();
    },
    data: (bytes) => send('data', bytes),
    stream: (bytes) => send('stream', bytes),
    end: () => void socket.write(encodeFrame('end', new Uint8Array())),
  };
}

async function sendFile(socket: Socket, file: string): Promise<void> {
  const destination = streamDestination(socket);
  for await (const piece of readPieces(file)) {
    for (const frame of dataFrames('data', piece)) {
      if (socket.destroyed) return;
      await destination.write(frame);
    }
  }
  socket.write(encodeFrame('end', new Uint8Array()));
}
