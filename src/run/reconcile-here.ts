/** What an lwd of this machine left here that was killed: temporary files and folders, which bear the number of its process. */
import { removeLeftBehind, removeLeftBehindBelow } from '../sys/left-behind.js';
import { temporaryDirectory } from '../sys/places.js';
import { runDirectory } from '../sys/run-directory.js';

/**
 * Of makeTemporaryDirectory(); of temporaryName() and prepare.ts in the run directory, where lists of what was sent and containers
 * are too. Copies that somebody has to look at are named otherwise.
 */
const folders = /^lwd-(?:boot|builtins|copy|data|declarations|disk|names|port)-(\d+)-\w{6}$/;
const files = /^(?:\..+\.(\d+)\.[0-9a-f]{8}|ramdisk-(\d+)-[0-9a-f]{64})$/;

/** Gives the paths of what went. What is another user's stays. */
export async function reconcileHere(temporary = temporaryDirectory(), own = runDirectory()): Promise<string[]> {
  return [...(await removeLeftBehind(temporary, folders)), ...(await removeLeftBehindBelow(own, files))];
}
