/**
 * Two programs in a row, each on whatever machine: what the first writes is what the second reads. In pieces, with no more
 * than one of them in memory, whatever the size. A limit on time would be one on size: what is limited is standing still.
 */
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { HostError } from '../errors.js';
import { type ExecOptions, type ExecResult, orThrow } from './exec.js';

export interface Stage {
  /** Runs the program with these options and others of its own. */
  run(options: ExecOptions): Promise<ExecResult>;
  /** What it does, for messages: "packing a volume". */
  what: string;
  host?: string;
}

/** Milliseconds without a byte. */
const longestPause = 300_000;

/**
 * Resolves when both have ended well; else rejects with what went wrong first. The programs are kept from the terminal's
 * Ctrl-C: whether to go on is the caller's to decide.
 */
export async function passOn(from: Stage, to: Stage): Promise<void> {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), longestPause);
  const between = new Transform({
    transform(chunk, _encoding, done) {
      timer.refresh();
      done(undefined, chunk);
    },
  });
  const run = async (stage: Stage, own: Partial<ExecOptions>): Promise<ExecResult> => {
    let result: ExecResult | undefined;
    try {
      result = await stage.run({ timeout: 0, shielded: true, signal: stop.signal, ...own });
      return result;
    } finally {
      // Whoever fails takes the other along: it finds no reader, or an end of file in the middle.
      if (result?.exitCode !== 0) between.destroy();
    }
  };
  const [sent, taken] = await Promise.allSettled([
    run(from, { stdoutTo: between }),
    run(to, { onStdin: (stdin) => void pipeline(between, stdin).catch(() => {}) }),
  ]);
  clearTimeout(timer);
  if (stop.signal.aborted) {
    throw new HostError(`${from.what}, ${to.what}: nothing moved for ${longestPause / 1000} s`, { exit: 'timeout' });
  }
  if (sent.status === 'fulfilled' && taken.status === 'fulfilled') {
    // Its output did not end, but lost its reader, which is then the one to ask.
    if (!between.writableEnded && sent.value.startError === undefined) orThrow(taken.value, to.what, to.host);
    orThrow(sent.value, from.what, from.host);
    orThrow(taken.value, to.what, to.host);
    return;
  }
  throw sent.status === 'rejected' ? sent.reason : taken.status === 'rejected' ? taken.reason : undefined;
}
