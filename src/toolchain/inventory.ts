/** What of the toolchain is on this machine and how much room it takes; and freeing that room. */
import { join } from 'node:path';
import { listTree, remove, rename, status, temporaryName } from '../sys/fs.js';
import { withLock } from '../sys/lock.js';
import { cacheDirectory } from '../sys/places.js';
import { buildLock } from './build.js';
import { buildFolder } from './plan.js';
import { findSysroot, type SysrootRecord, toolchainLock } from './sysroot.js';
import { triple } from './target.js';
import { findTools, type Tool } from './tools.js';

export interface ToolchainStatus {
  triple: string;
  tools: Tool[];
  cache: { path: string; bytes: number };
  /** The one that a build would use now; undefined if there is none yet. */
  sysroot: { path: string; key: string; bytes: number; sources: SysrootRecord['sources'] } | undefined;
}

/** Parts of the cache that belong to the toolchain, each removable by itself. */
const cacheParts = {
  /** Made anew from the sources in under a minute. */
  toolchain: ['sysroots', 'kernel', 'ports', 'tools.json'],
  /** Have to be downloaded again. */
  sources: ['sources', 'data'],
} as const;

export type CachePart = keyof typeof cacheParts;

/** Looks only; makes nothing. Throws a UserError if a program is missing. */
export async function toolchainStatus(): Promise<ToolchainStatus> {
  const tools = await findTools();
  const sysroot = await findSysroot(tools, false);
  return {
    triple,
    tools: Object.values(tools),
    cache: { path: cacheDirectory(), bytes: await partBytes(['toolchain', 'sources']) },
    sysroot: sysroot && {
      path: sysroot.folder,
      key: sysroot.key,
      bytes: await treeBytes(sysroot.folder),
      sources: sysroot.record.sources,
    },
  };
}

/** Removes what builds have left in a project; waits for one that is going on. */
export async function cleanProject(root: string, signal?: AbortSignal): Promise<Removed[]> {
  const removed = await withLock(buildLock(root), () => removeTree(buildFolder(root)), signal);
  return removed === undefined ? [] : [removed];
}

export interface Removed {
  path: string;
  bytes: number;
}

/** Removes parts of the cache; waits for a build of the toolchain that is going on. */
export async function cleanCache(parts: readonly CachePart[], signal?: AbortSignal): Promise<Removed[]> {
  const removeAll = async () => {
    const removed = [];
    for (const path of partPaths(parts)) {
      const gone = await removeTree(path);
      if (gone !== undefined) removed.push(gone);
    }
    return removed;
  };
  return withLock(toolchainLock(), removeAll, signal);
}

/** Removes a file or folder, away at once for everybody else; undefined if there was none. */
async function removeTree(path: string): Promise<Removed | undefined> {
  if ((await status(path)) === undefined) return undefined;
  const bytes = await treeBytes(path);
  const away = temporaryName(path);
  await rename(path, away);
  await remove(away);
  return { path, bytes };
}

function partPaths(parts: readonly CachePart[]): string[] {
  return parts.flatMap((part) => cacheParts[part].map((name) => join(cacheDirectory(), name)));
}

async function partBytes(parts: readonly CachePart[]): Promise<number> {
  let bytes = 0;
  for (const path of partPaths(parts)) bytes += await treeBytes(path);
  return bytes;
}

/** Size of all files; one that is linked twice counts twice. */
async function treeBytes(path: string): Promise<number> {
  const found = await status(path);
  if (found?.kind !== 'directory') return found?.bytes ?? 0;
  let bytes = 0;
  for (const file of await listTree(path)) bytes += (await status(join(path, file)))?.bytes ?? 0;
  return bytes;
}
