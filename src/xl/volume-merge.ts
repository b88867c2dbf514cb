/**
 * A volume's folder before and after: what may be a volume, and how the changes that a domain made to a copy come into
 * the folder, file by file, without touching what somebody else changed meanwhile.
 */
import { join } from 'node:path';
import { UserError } from '../errors.js';
import * as fs from '../sys/fs.js';

/** A folder as it was: paths relative to it. */
export interface Survey {
  folders: Set<string>;
  /** By path: the content's digest. */
  files: Map<string, string>;
}

/**
 * Throws UserError for what a 9P server in dom0 must not meet: links that lead out of the folder or nowhere (it follows
 * them with dom0's rights), and pipes, sockets and devices.
 */
export async function surveyFolder(folder: string): Promise<Survey> {
  const root = await fs.realPath(folder);
  if (root === undefined || (await fs.status(root))?.kind !== 'directory') {
    throw new UserError(`volume: there is no folder ${folder}`, { exit: 'usage' });
  }
  const survey: Survey = { folders: new Set(), files: new Map() };
  for (const { path, kind } of await walk(root, '')) {
    const whole = join(root, path);
    if (kind === 'directory') survey.folders.add(path);
    else if (kind === 'file') survey.files.set(path, await fs.sha256File(whole));
    else await checkLink(root, whole, kind);
  }
  return survey;
}

async function checkLink(root: string, path: string, kind: 'link' | 'other'): Promise<void> {
  const leadsTo = kind === 'link' ? await fs.realPath(path) : undefined;
  if (leadsTo !== undefined && (leadsTo === root || leadsTo.startsWith(`${root}/`))) return;
  const what = kind === 'link' ? 'is a link that leads out of the volume, or nowhere' : 'is neither file nor folder';
  throw new UserError(`volume: ${path} ${what}`, { exit: 'cannotCreate', next: ['take it out of the folder'] });
}

interface Entry {
  path: string;
  kind: 'file' | 'directory' | 'link' | 'other';
}

/** All below the folder, each folder before what is in it. */
async function walk(root: string, path: string): Promise<Entry[]> {
  const found: Entry[] = [];
  for (const { name, kind } of await fs.listEntries(join(root, path))) {
    const inside = path === '' ? name : `${path}/${name}`;
    found.push({ path: inside, kind });
    if (kind === 'directory') found.push(...(await walk(root, inside)));
  }
  return found;
}

/**
 * Brings the changes between `before` and the folder `tree` into `folder`. A file that was also changed in `folder` is
 * left alone, and the domain's goes beside it. Gives a remark for each such file.
 */
export async function mergeBack(tree: string, folder: string, before: Survey): Promise<string[]> {
  const notes: string[] = [];
  const seen = new Set<string>();
  for (const { path, kind } of await walk(tree, '')) {
    seen.add(path);
    if (kind === 'directory' && !before.folders.has(path)) await fs.makeDirectory(join(folder, path));
    if (kind !== 'file') continue;
    const digest = await fs.sha256File(join(tree, path));
    if (digest === before.files.get(path)) continue;
    const isOurs = (await digestOf(join(folder, path))) === before.files.get(path);
    const target = join(folder, isOurs ? path : `${path}.from-domain`);
    await replace(join(tree, path), target);
    if (!isOurs) notes.push(`${join(folder, path)} was changed here too: the domain's is ${target}`);
  }
  for (const [path, digest] of before.files) {
    const whole = join(folder, path);
    if (seen.has(path)) continue;
    if ((await digestOf(whole)) === digest) await fs.remove(whole);
    else if (fs.exists(whole)) notes.push(`${whole} was changed here and is kept; the domain removed its copy`);
  }
  return notes;
}

async function digestOf(path: string): Promise<string | undefined> {
  return (await fs.status(path))?.kind === 'file' ? fs.sha256File(path) : undefined;
}

/** Puts the file there whole or not at all; one that is there keeps its mode. */
async function replace(from: string, to: string): Promise<void> {
  const temporary = fs.temporaryName(to);
  const mode = (await fs.status(to))?.mode ?? (await fs.status(from))?.mode;
  await fs.copyFile(from, temporary);
  if (mode !== undefined) await fs.setMode(temporary, mode & 0o777);
  await fs.rename(temporary, to);
}
