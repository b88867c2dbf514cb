/**
 * Frees the cache of built hosts. A running host needs none of its image's files any more, so nothing is broken by it but
 * the next quick start.
 */
import { join } from 'node:path';
import * as fs from '../../sys/fs.js';
import { withLock } from '../../sys/lock.js';
import { findImage, hostsDirectory, imageFolder } from './image.js';

export interface RemovedImage {
  path: string;
  bytes: number;
}

/** Removes the images of other recipes than this lwd's, and with `all` its own too. Waits for one that is being built. */
export async function removeImages(all: boolean, signal?: AbortSignal): Promise<RemovedImage[]> {
  const present = (await findImage())?.key;
  const removed: RemovedImage[] = [];
  for (const name of await fs.list(hostsDirectory())) {
    // Names of builds that were cut off start with a dot; locks stay, they are empty.
    if (name.endsWith('.lock') || (name === present && !all)) continue;
    const path = imageFolder(name);
    const key = /^\.?([0-9a-f]{16})/.exec(name)?.[1];
    if (key === undefined) continue;
    const remove = async () => {
      removed.push({ path, bytes: await treeBytes(path) });
      await fs.remove(path);
    };
    await withLock(join(hostsDirectory(), `${key}.lock`), remove, signal);
  }
  return removed;
}

async function treeBytes(path: string): Promise<number> {
  let bytes = 0;
  for (const file of await fs.listTree(path)) bytes += (await fs.status(join(path, file)))?.bytes ?? 0;
  return bytes;
}
