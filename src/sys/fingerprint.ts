/**
 * Whether files are as they were, by names, sizes and times of change: cheap enough to be asked on every run. Synchronous,
 * since thousands of small questions are answered sooner without going through the event loop.
 */
import { createHash } from 'node:crypto';
import { type BigIntStats, lstatSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

export interface FingerprintOptions {
  /** Folders to look through, with all below them. */
  trees: readonly string[];
  /** Single files (or folders, whose own entry alone counts). */
  files: readonly string[];
  /** Names of folders that do not count, wherever they are. */
  without: readonly string[];
  /** More entries than this are too many. */
  limit: number;
}

/** What a link leads to; undefined if that is nothing, or the link itself. */
function target(path: string): BigIntStats | undefined {
  try {
    return statSync(path, { bigint: true, throwIfNoEntry: false });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ELOOP') return undefined;
    throw error;
  }
}

/**
 * A digest that changes when anything named changes: content (as seen by size and time), a new name, one that is gone. A
 * link to a file counts as that file. Undefined if there is more than `limit`, or a link to a folder, which could lead
 * anywhere.
 */
export function fingerprint(options: FingerprintOptions): string | undefined {
  const hash = createHash('sha256');
  let left = options.limit;
  const note = (path: string): BigIntStats | undefined => {
    let status = lstatSync(path, { bigint: true, throwIfNoEntry: false });
    if (status?.isSymbolicLink()) {
      status = target(path);
      if (status?.isDirectory()) left = 0;
    }
    const state = status === undefined ? 'absent' : `${status.mode} ${status.size} ${status.mtimeNs} ${status.ino}`;
    hash.update(`${path}\0${state}\0`);
    left -= 1;
    return status;
  };
  const walk = (folder: string): void => {
    for (const name of readdirSync(folder).sort()) {
      if (left < 0) return;
      if (options.without.includes(name)) continue;
      const path = join(folder, name);
      if (note(path)?.isDirectory()) walk(path);
    }
  };
  for (const path of options.files) note(path);
  for (const tree of options.trees) if (note(tree)?.isDirectory()) walk(tree);
  return left < 0 ? undefined : hash.digest('hex');
}
