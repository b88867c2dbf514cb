/** Where bytes go that come without end: a stream of this process's, or a file. Slow takers hold their givers back. */
import { closeSync, createReadStream, createWriteStream, fstatSync, openSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';

export interface Destination {
  /** A promise: no more is to be given until it is kept. Never rejects. */
  write(chunk: Uint8Array): void | Promise<void>;
  /** Resolves when all is where it belongs, or nothing more will be. */
  end(): Promise<void>;
}

/** A stream that others use too: end() leaves it open. One that has broken takes everything and keeps nothing. */
export function streamDestination(stream: Writable): Destination {
  return {
    write: (chunk) => give(stream, chunk),
    end: async () => {},
  };
}

function give(stream: Writable, chunk: Uint8Array): void | Promise<void> {
  if (stream.destroyed || stream.write(chunk)) return undefined;
  return new Promise((resolve) => {
    const go = () => {
      for (const event of ['drain', 'close', 'error'] as const) stream.off(event, go);
      resolve();
    };
    for (const event of ['drain', 'close', 'error'] as const) stream.on(event, go);
  });
}

/**
 * A file, made now, or emptied, or to be appended to. Throws what the system says if that cannot be. `onFailure` is told, once,
 * why it takes no more; what comes after that is lost.
 */
export function fileDestination(
  path: string,
  how: 'empty' | 'append',
  onFailure: (why: NodeJS.ErrnoException) => void,
): Destination {
  const stream = createWriteStream(path, { fd: openSync(path, how === 'empty' ? 'w' : 'a') });
  stream.once('error', onFailure);
  return {
    write: (chunk) => give(stream, chunk),
    end: () =>
      new Promise((resolve) => {
        if (stream.closed) return resolve();
        // Whoever asks afterwards has been told of a failure: its event comes before this one, and after all others.
        stream.once('close', () => resolve());
        stream.end();
      }),
  };
}

/** A file to be read from its beginning. Throws what the system says if that cannot be. */
export function openForReading(path: string): Readable {
  const fd = openSync(path, 'r');
  if (!fstatSync(fd).isDirectory()) return createReadStream(path, { fd });
  closeSync(fd);
  throw Object.assign(new Error(`${path} is a folder`), { code: 'EISDIR' });
}

/** Takes everything, and keeps nothing. */
export const nowhere: Destination = { write: () => {}, end: async () => {} };
