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
  await copyTree(from, to, '', before, now);
  for (const file of Object.keys(before)) if (now[file] === undefined) await remove(join(to, file));
  await writeAtomic(record, `${JSON.stringify(now)}\n`);
}

async function copyTree(from: string, to: string, folder: string, before: Copied, now: Copied): Promise<void> {
  for (const { name, kind } of await listEntries(join(from, folder))) {
    const file = join(folder, name);
    if (folder === '' && without.includes(name)) continue;
    if (kind === 'directory') await copyTree(from, to, file, before, now);
    else if (kind === 'file' || kind === 'link') await copyOne(from, to, file, before, now);
  }
}

async function copyOne(from: string, to: string, file: string, before: Copied, now: Copied): Promise<void> {
  const source = join(from, file);
  const target = join(to, file);
  const found = await status(source);
  if (found === undefined) return;
  const link = found.kind === 'link' ? await readLink(source) : undefined;
  const state = `${found.kind} ${found.bytes} ${found.mode} ${found.modified} ${link ?? ''}`;
  now[file] = state;
  if (before[file] === state && (await status(target)) !== undefined) return;
  await makeDirectory(dirname(target));
  await remove(target);
  if (link !== undefined) return makeSymlink(link, target);
  await copyFile(source, target);
  await setTimes(target, found.modified);
}
