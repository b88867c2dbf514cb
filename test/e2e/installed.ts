/** lwd where users can read it who can read neither this checkout nor root's home. */
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { root, runProgram } from './lwd.js';

/** Copies what lwd is made of, for running it, to FOLDER/lwd; gives that. */
export async function installIn(folder: string): Promise<string> {
  const installed = join(folder, 'lwd');
  for (const part of ['bin', 'dist', 'package.json', 'oclif.manifest.json'])
    cpSync(join(root, part), join(installed, part), { recursive: true });
  await runProgram(['chmod', '-R', 'a+rX', installed]);
  return installed;
}
