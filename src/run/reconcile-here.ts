/** What an lwd of this machine left here that was killed: temporary files and folders, which bear the number of its process. */
import { join } from 'node:path';
import { list, remove } from '../sys/fs.js';
import { temporaryDirectory } from '../sys/places.js';
import { startTimeOf } from '../sys/process.js';
import { runDirectory } from '../sys/run-directory.js';

/**
 * Of makeTemporaryDirectory(); of writeAtomic() and prepare.ts in the run directory. Copies that somebody has to look at are
 * named otherwise.
 */
const folders = /^lwd-(?:boot|builtins|copy|data|declarations|disk|names|port)-(\d+)-\w{6}$/;
const files = /^(?:\..+\.(\d+)\.[0-9a-f]{8}|ramdisk-(\d+)-[0-9a-f]{64})$/;

/** Gives the paths of what went. What is another user's stays. */
export async function reconcileHere(): Promise<string[]> {
  const removed: string[] = [];
  for (const [folder, pattern] of [[temporaryDirectory(), folders] as const, [runDirectory(), files] as const]) {
    for (const name of await list(folder)) {
      const [, first, second] = pattern.exec(name) ?? [];
      const process = first ?? second;
      if (process === undefined || (await startTimeOf(Number(process))) !== undefined) continue;
      const path = join(folder, name);
      if (
        await remove(path).then(
          () => true,
          () => false,
        )
      )
        removed.push(path);
    }
  }
  return removed;
}
