/**
 * A copy of a source folder that is kept current: for builds that write beside their sources. What the build adds there stays;
 * what changed at the source is copied, what is gone there goes.
 */
import { dirname, join } from 'node:path';
import {
  copyFile,
  listEntries,
  makeDirectory,
  makeSymlink,
  readJson,
  readLink,
  remove,
  setTimes,
  status,
  writeAtomic,
} from '../sys/fs.js';

/** Of a project's own folders, those that are no sources. */
const without = ['.lwd', '.git', 'node_modules'];

/** Name, relative → what it was when it was copied. */
type Copied = Record<string, string>;

/** Brings `to` up to date with `from`; `record` is the file that knows what was copied. Times are kept: make goes by them. */
export async function mirror(from: string, to: string, record: string): Promise<void> {
  const before = ((await readJson(record)) ?? {}) as Copied;
  const now: Copied = {};
  await lookThrough(from, '', now);
  // First, since a folder may now be where a file was, or a file where a folder was.
  for (const file of Object.keys(before)) if (now[file] === undefined) await remove(join(to, file));
  for (const [file, state] of Object.entries(now)) {
    if (before[file] !== state || (await status(join(to, file))) === undefined) await copyOne(from, to, file);
  }
  await writeAtomic(record, `${JSON.stringify(now)}\n`);
}

async function lookThrough(from: string, folder: string, now: Copied): Promise<void> {
  for (const { name, kind } of await listEntries(join(from, folder))) {
    const file = join(folder, name);
    if (folder === '' && without.includes(name)) continue;
    if (kind === 'directory') await lookThrough(from, file, now);
    else if (kind === 'file' || kind === 'link') {
      const state = await stateOf(join(from, file));
      if (state !== undefined) now[file] = state;
    }
  }
}

async function stateOf(source: string): Promise<string | undefined> {
  const found = await status(source);
  if (found === undefined) return undefined;
  const link = found.kind === 'link' ? await readLink(source) : '';
  return `${found.kind} ${found.bytes} ${found.mode} ${found.modified} ${link}`;
}

async function copyOne(from: string, to: string, file: string): Promise<void> {
  const source = join(from, file);
  const target = join(to, file);
  const found = await status(source);
  if (found === undefined) return;
  await makeDirectory(dirname(target));
  await remove(target);
  if (found.kind === 'link') return makeSymlink((await readLink(source)) ?? '', target);
  await copyFile(source, target);
  await setTimes(target, found.modified);
}
