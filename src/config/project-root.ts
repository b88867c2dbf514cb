/** Where a project is. Loads nothing that reads lwd.yaml. */
import { dirname, join, resolve } from 'node:path';
import { UserError } from '../errors.js';
import { exists } from '../sys/fs.js';

export const configurationName = 'lwd.yaml';

/** The folder with lwd.yaml: `start`, or the nearest one above it; undefined if there is none. */
export function nearestProject(start: string): string | undefined {
  for (let folder = resolve(start); ; folder = dirname(folder)) {
    if (exists(join(folder, configurationName))) return folder;
    if (folder === dirname(folder)) return undefined;
  }
}

/** The same. Throws a UserError if there is none. `start` is absolute. */
export function findProjectRoot(start: string): string {
  const root = nearestProject(start);
  if (root !== undefined) return root;
  throw new UserError(`there is no ${configurationName} in ${start}, nor in a folder above it`, {
    next: ['lwd init NAME --template hello'],
  });
}
