/**
 * Programs of this machine.
 */
import { delimiter, join } from 'node:path';
import { exists } from './fs.js';

/** Absolute path of a program on PATH, or undefined. */
export function findProgram(name: string): string | undefined {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    if (folder.startsWith('/') && exists(join(folder, name))) return join(folder, name);
  }
  return undefined;
}
