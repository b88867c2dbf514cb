/** What a process of this machine left that was killed: files and folders whose names bear its number. */
import { join } from 'node:path';
import { list, listEntries, remove } from './fs.js';
import { startTimeOf } from './process.js';

/** Of temporaryName() (fs.ts). */
export const temporaryNames = /^\..+\.(\d+)\.[0-9a-f]{8}$/;

/**
 * Removes what is in the folder by such a name, of which the first group that matches is the process, unless that lives. Gives the
 * paths of what went. What is another user's stays; a folder that is not there has nothing.
 */
export async function removeLeftBehind(folder: string, names: RegExp): Promise<string[]> {
  const removed: string[] = [];
  for (const name of await list(folder).catch(() => [])) {
    const process = names.exec(name)?.slice(1).find(Boolean);
    if (process === undefined || (await startTimeOf(Number(process))) !== undefined) continue;
    const path = join(folder, name);
    const went = await remove(path).then(
      () => true,
      () => false,
    );
    if (went) removed.push(path);
  }
  return removed;
}

/** The same for the folder and all folders in it. */
export async function removeLeftBehindBelow(folder: string, names: RegExp): Promise<string[]> {
  const removed = await removeLeftBehind(folder, names);
  for (const { name, kind } of await listEntries(folder).catch(() => [])) {
    if (kind === 'directory') removed.push(...(await removeLeftBehindBelow(join(folder, name), names)));
  }
  return removed;
}
