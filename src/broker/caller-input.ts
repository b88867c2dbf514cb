/**
 * The standard input of a caller's process. The caller is told how much is taken of it, so that what he says besides, signals
 * above all, does not wait behind input that the process does not read.
 */
import { Readable } from 'node:stream';
import type { Connection } from './connection.js';

/** Bytes that may be under way. */
export const inputWindow = 128 * 1024;

/** Asks the caller for his input from now on. */
export function inputOf(connection: Connection): Readable {
  return Readable.from(pieces(connection), { objectMode: false });
}

async function* pieces(connection: Connection): AsyncGenerator<Uint8Array> {
  connection.event({ kind: 'reads', bytes: inputWindow });
  for await (const piece of connection.bytes()) {
    yield piece;
    connection.event({ kind: 'reads', bytes: piece.length });
  }
  // A caller who is gone has not ended his input: its reader waits, as that of an lwd that was killed does.
  if (connection.gone.aborted) await new Promise(() => {});
}
