/** The messages of run-script.ts, from the bytes of its stderr. Pure but for the state of a half-read line. */

export type RunEvent =
  /** An image file is not in dom0 (any more); nothing was done. */
  | { kind: 'missing'; file: string }
  /** No shell could be claimed; why there is none, if that is known. */
  | { kind: 'anew'; text: string }
  /** It is the shell of this UUID that was claimed; "started" follows. */
  | { kind: 'claimed'; uuid: string }
  | { kind: 'started'; id: number }
  /** The domain was not created; what xl said came before. */
  | { kind: 'failed'; status: number }
  | { kind: 'detached' }
  /**
   * Ended with this shutdown reason of Xen; "gone": destroyed by somebody; "fenced": by its lease; "lost": xl itself was ended.
   */
  | { kind: 'ended'; reason: number | 'gone' | 'fenced' | 'lost' }
  /** All of the guest's nodes have been shown. */
  | { kind: 'store' }
  /** What was asked for (registers, memory, usage) has been shown. */
  | { kind: 'shown' }
  /** xl destroy ended with this status. */
  | { kind: 'destroyed'; status: number }
  /** Every byte of the console has been written. */
  | { kind: 'done' }
  /** dom0's end of the process channel has lost xenstored. */
  | { kind: 'store-lost' }
  | { kind: 'xl'; text: string }
  /** Any other line: of xenstore-ls, xenctx, or ssh. */
  | { kind: 'line'; text: string };

const mark = 'lwd1 ';
const longestLine = 64 * 1024;

export class RunEventReader {
  readonly #onEvent: (event: RunEvent) => void;
  #rest = '';

  constructor(onEvent: (event: RunEvent) => void) {
    this.#onEvent = onEvent;
  }

  /** Latin-1 keeps every byte; a line too long to be one of ours is dropped piece by piece. */
  push(chunk: Uint8Array): void {
    this.#rest += Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString('latin1');
    const lines = this.#rest.split('\n');
    this.#rest = (lines.pop() ?? '').slice(-longestLine);
    for (const line of lines) this.#onEvent(parseRunEvent(line));
  }
}

export function parseRunEvent(line: string): RunEvent {
  if (!line.startsWith(mark)) return { kind: 'line', text: line };
  const [, kind = '', argument = ''] = /^(\S+) ?(.*)$/.exec(line.slice(mark.length)) ?? [];
  const number = /^\d{1,9}$/.test(argument) ? Number(argument) : undefined;
  switch (kind) {
    case 'missing':
      return { kind, file: Buffer.from(argument, 'latin1').toString() };
    case 'claimed':
      return { kind, uuid: argument };
    case 'xl':
    case 'anew':
      return { kind, text: Buffer.from(argument, 'latin1').toString() };
    case 'detached':
    case 'store':
    case 'shown':
    case 'done':
    case 'store-lost':
      return { kind };
    case 'ended':
      if (argument === 'gone' || argument === 'fenced' || argument === 'lost') return { kind, reason: argument };
      return { kind, reason: number ?? 'lost' };
    case 'started':
      return number === undefined ? { kind: 'line', text: line } : { kind, id: number };
    case 'failed':
    case 'destroyed':
      return { kind, status: number ?? -1 };
    default:
      return { kind: 'line', text: line };
  }
}
