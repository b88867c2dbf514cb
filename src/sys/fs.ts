/**
 * Files of this machine: with digest.ts, places.ts, lock.ts and place-file.ts, the only user of node:fs. Text is UTF-8. A missing
 * file is `undefined` where a caller can go on without it, and the system's own error (ENOENT, EACCES, …) everywhere else.
 */
import { randomBytes } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fs } from './steps-of-files.js';

/** The code of a system error (ENOENT, …), undefined for anything else. */
export function errorCode(error: unknown): string | undefined {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return undefined;
}

async function unlessMissing<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}

export function exists(path: string): boolean {
  return existsSync(path);
}

/** Whether this process may open the file for both. */
export async function canReadAndWrite(path: string): Promise<boolean> {
  return fs.access(path, fs.constants.R_OK | fs.constants.W_OK).then(
    () => true,
    () => false,
  );
}

/** The file's text, or undefined if there is no such file. */
export function readText(path: string): Promise<string | undefined> {
  return unlessMissing(fs.readFile(path, 'utf8'));
}

/** The file's text if nobody but root and this process's user can write it, else undefined. Looked at and read as one file. */
export async function readOwned(path: string): Promise<string | undefined> {
  const file = await unlessMissing(fs.open(path, 'r'));
  if (file === undefined) return undefined;
  try {
    const { uid, mode } = await file.stat();
    const isOurs = uid === 0 || uid === process.getuid?.();
    return isOurs && (mode & 0o022) === 0 ? await file.readFile('utf8') : undefined;
  } finally {
    await file.close();
  }
}

/** The file's bytes, or undefined if there is no such file. */
export async function readBytes(path: string): Promise<Uint8Array | undefined> {
  return unlessMissing(fs.readFile(path));
}

/** At most `limit` bytes from the file's start. A file whose size the system does not tell (in /proc) is read too. */
export async function readHead(path: string, limit: number): Promise<Uint8Array> {
  const file = await fs.open(path, 'r');
  try {
    const chunks: Buffer[] = [];
    let total = 0;
    while (total < limit) {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(Math.min(65_536, limit - total)));
      if (bytesRead === 0) break;
      chunks.push(buffer.subarray(0, bytesRead));
      total += bytesRead;
    }
    return Buffer.concat(chunks);
  } finally {
    await file.close();
  }
}

/** The file's bytes, a piece at a time. */
export function readPieces(path: string): AsyncIterable<Uint8Array> {
  return createReadStream(path) as AsyncIterable<Buffer>;
}

/** At most `limit` bytes from the file's end, as text; '' if there is no such file. */
export async function readTail(path: string, limit: number): Promise<string> {
  const file = await unlessMissing(fs.open(path, 'r'));
  if (file === undefined) return '';
  try {
    const { size } = await file.stat();
    const start = Math.max(0, size - limit);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size - start), 0, size - start, start);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await file.close();
  }
}

/** Adds to the file's end, which is made if there is none, in one write. */
export async function appendText(path: string, text: string, mode = 0o644): Promise<void> {
  await fs.appendFile(path, text, { mode });
}

/** Value of a JSON file: undefined if it is missing or is no JSON. The caller checks its shape. */
export async function readJson(path: string): Promise<unknown> {
  const text = await readText(path);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Writes the file whole or not at all: a temporary name beside it, flushed, then renamed over it. Folders on the way
 * are made. `mode` holds from the first byte.
 */
export async function writeAtomic(path: string, content: string | Uint8Array, mode = 0o644): Promise<void> {
  await makeDirectory(dirname(path));
  const temporary = temporaryName(path);
  try {
    const file = await fs.open(temporary, 'wx', mode);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await fs.rename(temporary, path);
  } catch (error) {
    await fs.rm(temporary, { force: true });
    throw error;
  }
}

/** As writeAtomic, but leaves the file, and its time stamp, alone if it holds just this. True if it was written. */
export async function writeIfChanged(path: string, content: string): Promise<boolean> {
  if ((await readText(path)) === content) return false;
  await writeAtomic(path, content);
  return true;
}

/** A name in the same folder that nobody else uses: for building something and renaming it into place. */
export function temporaryName(path: string): string {
  return join(dirname(path), `.${basename(path)}.${process.pid}.${randomBytes(4).toString('hex')}`);
}

/** Makes the folder and those above it. */
export async function makeDirectory(path: string, mode = 0o777): Promise<void> {
  await fs.mkdir(path, { recursive: true, mode });
}

/** Removes a file or a whole folder, also one that is just being written to; it is no error if there is none. */
export async function remove(path: string): Promise<void> {
  await fs.rm(path, { recursive: true, force: true, maxRetries: 8, retryDelay: 50 });
}

export async function rename(from: string, to: string): Promise<void> {
  await fs.rename(from, to);
}

/** Renames a folder unless there is one with something in it already; says whether it did. */
export async function renameNew(from: string, to: string): Promise<boolean> {
  try {
    await fs.rename(from, to);
    return true;
  } catch (error) {
    if (errorCode(error) === 'ENOTEMPTY' || errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Copies one file, its mode included; shares its blocks where the file system can. */
export async function copyFile(from: string, to: string): Promise<void> {
  await fs.copyFile(from, to, fs.constants.COPYFILE_FICLONE);
}

export async function setMode(path: string, mode: number): Promise<void> {
  await fs.chmod(path, mode);
}

export async function makeSymlink(target: string, path: string): Promise<void> {
  await fs.rm(path, { force: true });
  await fs.symlink(target, path);
}

/** What the symbolic link says, whether that is there or not. */
export async function readLink(path: string): Promise<string> {
  return fs.readlink(path);
}

/** Sets both of a file's times, in milliseconds since 1970. */
export async function setTimes(path: string, time: number): Promise<void> {
  await fs.utimes(path, time / 1000, time / 1000);
}

/** The path with every symbolic link resolved, undefined if it leads nowhere. */
export function realPath(path: string): Promise<string | undefined> {
  return unlessMissing(fs.realpath(path));
}

export interface FileStatus {
  kind: 'file' | 'directory' | 'link' | 'other';
  bytes: number;
  /** Permission bits. */
  mode: number;
  /** Milliseconds since 1970. */
  modified: number;
}

/** Status of the path itself (a link is not followed), undefined if there is none. */
export async function status(path: string): Promise<FileStatus | undefined> {
  const found = await unlessMissing(fs.lstat(path));
  if (found === undefined) return undefined;
  return { kind: kindOf(found), bytes: found.size, mode: found.mode & 0o7777, modified: found.mtimeMs };
}

function kindOf(found: { isFile(): boolean; isDirectory(): boolean; isSymbolicLink(): boolean }): FileStatus['kind'] {
  return found.isFile() ? 'file' : found.isDirectory() ? 'directory' : found.isSymbolicLink() ? 'link' : 'other';
}

/** Names in the folder, sorted; empty if there is no such folder. */
export async function list(path: string): Promise<string[]> {
  return ((await unlessMissing(fs.readdir(path))) ?? []).sort();
}

/** What the folder holds, sorted by name; a link is neither file nor folder. Empty if there is no such folder. */
export async function listEntries(path: string): Promise<{ name: string; kind: FileStatus['kind'] }[]> {
  const entries = (await unlessMissing(fs.readdir(path, { withFileTypes: true }))) ?? [];
  return entries.map((entry) => ({ name: entry.name, kind: kindOf(entry) })).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Paths of all files (no folders) below `path`, relative to it, sorted. */
export async function listTree(path: string): Promise<string[]> {
  const entries = (await unlessMissing(fs.readdir(path, { recursive: true, withFileTypes: true }))) ?? [];
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(path.length + 1))
    .sort();
}

/** Bytes free for this user on the file system that holds `path` or the nearest folder above it that exists. */
export async function freeBytes(path: string): Promise<number> {
  let at = path;
  while (!existsSync(at) && at !== dirname(at)) at = dirname(at);
  const found = await fs.statfs(at);
  return found.bavail * found.bsize;
}
