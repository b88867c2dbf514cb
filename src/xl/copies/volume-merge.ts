/**
 * A volume's folder before and after: what may be a volume, and how the changes that a domain made to a copy come into
 * the folder, name by name, without touching what somebody else changed meanwhile.
 */
import { basename, dirname, join } from 'node:path';
import { UserError } from '../../errors.js';
import { wallSeconds } from '../../sys/clock.js';
import { sha256File } from '../../sys/digest.js';
import * as fs from '../../sys/fs.js';
import { freeName, replaceFile } from '../../sys/place-file.js';
import { startTimeOf } from '../../sys/process.js';

/** What a name stands for: two that are equal as text are the same. */
type Entry = { kind: 'directory' } | { kind: 'file'; digest: string; mode: number } | { kind: 'link'; target: string };

/** A folder as it was: entries by their paths relative to it, each folder before what is in it. */
export type Survey = Map<string, Entry>;

/** The folder itself, links followed. Throws UserError if there is none. */
export async function realFolder(path: string): Promise<string> {
  const real = await fs.realPath(path);
  if (real === undefined || (await fs.status(real))?.kind !== 'directory') {
    throw new UserError(`volume: there is no folder ${path}`, { exit: 'usage', next: [`make it: mkdir -p ${path}`] });
  }
  return real;
}

/**
 * Throws UserError for what a domain could do nothing with: pipes, sockets and devices, and names that are not UTF-8, which
 * could not be brought back. Links may lead anywhere: the server follows none. Gives all paths, a folder before its content.
 */
export async function checkFolder(folder: string): Promise<string[]> {
  const root = await realFolder(folder);
  const paths = await walk(root, '');
  for (const path of paths) {
    const whole = join(root, path);
    if (path.includes('\ufffd')) throw refuse(whole, 'has a name that is not UTF-8');
    if ((await fs.status(whole))?.kind === 'other') throw refuse(whole, 'is neither file nor folder');
  }
  return paths;
}

/**
 * Throws UserError as checkFolder() does: never takes a folder that is not there for an empty one. Files that `before` does
 * not know either get no digest.
 */
export async function surveyFolder(folder: string, before?: Survey): Promise<Survey> {
  const survey: Survey = new Map();
  for (const path of await checkFolder(folder)) {
    const isNew = before !== undefined && before.get(path)?.kind !== 'file';
    const entry = await entryAt(join(folder, path), isNew ? 'new' : undefined);
    if (entry !== undefined) survey.set(path, entry);
  }
  return survey;
}

function refuse(path: string, what: string): UserError {
  return new UserError(`volume: ${path} ${what}`, { exit: 'cannotCreate', next: ['take it out of the folder'] });
}

/** All below the folder, each folder before what is in it. */
async function walk(root: string, path: string): Promise<string[]> {
  const found: string[] = [];
  for (const { name, kind } of await fs.listEntries(join(root, path))) {
    const inside = path === '' ? name : `${path}/${name}`;
    found.push(inside);
    if (kind === 'directory') found.push(...(await walk(root, inside)));
  }
  return found;
}

/** Undefined if there is nothing, or nothing that can be in a volume. `digest` stands for a file's, if it is of no interest. */
async function entryAt(path: string, digest?: string): Promise<Entry | undefined> {
  const found = await fs.status(path);
  switch (found?.kind) {
    case 'directory':
      return { kind: 'directory' };
    case 'file':
      return { kind: 'file', digest: digest ?? (await sha256File(path)), mode: found.mode & 0o777 };
    case 'link':
      return { kind: 'link', target: await fs.readLink(path) };
  }
  return undefined;
}

function isSame(a: Entry | undefined, b: Entry | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/**
 * Brings the changes between `before` and the folder `tree` into `folder`. What was also changed in `folder` is left alone,
 * and the domain's goes beside it. Gives a remark for each such name.
 */
export async function mergeBack(tree: string, folder: string, before: Survey): Promise<string[]> {
  const after = await surveyFolder(tree, before);
  const notes: string[] = [];
  await takeAway(folder, before, after, notes);
  /** Folders whose place is taken by something else here → where their content goes. */
  const moved = new Map<string, string>([['.', '']]);
  for (const [path, entry] of after) {
    const parent = moved.get(dirname(path)) ?? dirname(path);
    const place = parent === '' ? basename(path) : `${parent}/${basename(path)}`;
    if (entry.kind !== 'directory' && place === path && isSame(entry, before.get(path))) continue;
    const target = await bring(join(tree, path), entry, folder, place, place === path ? before.get(path) : undefined);
    if (target === place && place === path) continue;
    if (entry.kind === 'directory') moved.set(path, target);
    if (target !== place) {
      notes.push(`${join(folder, place)} was changed here too: the domain's is ${join(folder, target)}`);
    }
  }
  return notes;
}

/** As temporaryName() makes them. */
const unfinished = /^\..+\.(\d{1,10})\.[0-9a-f]{8}$/;
/** Milliseconds. The number of a process says nothing of one on another machine, which may have the same folder. */
const longestCopy = 3_600_000;

/** Removes, from the folder and from what is known of it, files that an lwd which was killed has not brought to their place. */
export async function dropUnfinished(folder: string, survey: Survey): Promise<void> {
  for (const [path, { kind }] of survey) {
    const process = unfinished.exec(basename(path))?.[1];
    if (kind !== 'file' || process === undefined || (await startTimeOf(Number(process))) !== undefined) continue;
    const whole = join(folder, path);
    const found = await fs.status(whole);
    if (found === undefined || wallSeconds() * 1000 - found.modified < longestCopy) continue;
    await fs.remove(whole);
    survey.delete(path);
  }
}

/** What the domain removed or replaced by something of another kind goes away, the innermost first. */
async function takeAway(folder: string, before: Survey, after: Survey, notes: string[]): Promise<void> {
  for (const [path, entry] of [...before].reverse()) {
    if (after.get(path)?.kind === entry.kind) continue;
    const whole = join(folder, path);
    const now = await entryAt(whole);
    if (now === undefined) continue;
    const isOurs = isSame(now, entry) && (now.kind !== 'directory' || (await fs.list(whole)).length === 0);
    if (isOurs) await fs.remove(whole);
    else notes.push(`${whole} was changed here and is kept; the domain removed its copy`);
  }
}

/**
 * Puts what is at `from` to `place`, or beside it if that has become something that was not there before. Gives the place
 * that it took.
 */
async function bring(
  from: string,
  entry: Entry,
  folder: string,
  place: string,
  before: Entry | undefined,
): Promise<string> {
  const now = await entryAt(join(folder, place));
  const isThere = entry.kind === 'directory' ? now?.kind === 'directory' : isSame(now, entry);
  if (isThere) return place;
  const isFree = now === undefined ? before === undefined || before.kind !== entry.kind : isSame(now, before);
  const target = isFree || (now === undefined && entry.kind === 'directory') ? place : besides(folder, place);
  const whole = join(folder, target);
  if (entry.kind === 'directory') await fs.makeDirectory(whole);
  else if (entry.kind === 'link') await fs.makeSymlink(entry.target, whole);
  else await replaceFile(from, whole, entry.mode);
  return target;
}

/** A name for what has no place: never one that is taken, as by an earlier domain's. */
function besides(folder: string, place: string): string {
  return freeName(join(folder, `${place}.from-domain`)).slice(join(folder, '/').length);
}
