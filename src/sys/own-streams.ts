/**
 * This process's own stdout and stderr when they take no more: what lwd has under way, a domain above all, does not break off in
 * the middle for that.
 */
import { ownStatus } from '../exit-status.js';

/** A pipe without a reader, and a terminal that is gone. */
const goneCodes = ['EPIPE', 'EIO'];

/**
 * `onReaderGone` is called when nobody reads stdout any more, for each write. A file that takes no more (a disk is full) is told
 * of on stderr, once, and lwd ends with `outputLost` if all else went well. What stderr does not take is lost: there is nobody
 * to tell.
 */
export function watchOwnStreams(onReaderGone: () => void): void {
  let isLost = false;
  process.stderr.on('error', () => {});
  // oclif has one that throws.
  process.stdout.removeAllListeners('error');
  process.stdout.on('error', ({ code = '' }: NodeJS.ErrnoException) => {
    if (goneCodes.includes(code)) return onReaderGone();
    if (isLost) return;
    isLost = true;
    process.stderr.write(`lwd: stdout takes no more (${code}): what comes for it from now on is lost\n`);
    process.on('exit', (status) => {
      if (status === 0) process.exitCode = ownStatus('outputLost');
    });
  });
}
