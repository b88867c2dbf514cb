/** Putting a file in place: whole or not at all, its holes as holes, and beside what is there already. */
import { lstatSync } from 'node:fs';
import { exec, orThrow } from './exec.js';
import { copyFile, temporaryName } from './fs.js';
import { fs } from './steps-of-files.js';

/** Puts a copy of the file there, with this mode, whole or not at all. */
export async function replaceFile(from: string, to: string, mode: number): Promise<void> {
  const temporary = temporaryName(to);
  try {
    const { size, blocks } = await fs.lstat(from);
    await (blocks * 512 < size ? copyWithHoles(from, temporary) : copyFile(from, temporary));
    await fs.chmod(temporary, mode);
    await fs.rename(temporary, to);
  } catch (error) {
    await fs.rm(temporary, { force: true });
    throw error;
  }
}

/** Node has no way to ask where a file's holes are. No limit of time: the file may have any size. */
async function copyWithHoles(from: string, to: string): Promise<void> {
  const copy = ['cp', '--sparse=always', '--', from, to] as const;
  orThrow(await exec([...copy], { timeout: 0, shielded: true }), `copying ${from}`);
}

/** The path, or the first of `path.2`, `path.3` … at which there is nothing. */
export function freeName(path: string): string {
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? path : `${path}.${number}`;
    if (lstatSync(name, { throwIfNoEntry: false }) === undefined) return name;
  }
}
