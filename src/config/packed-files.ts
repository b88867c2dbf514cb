/** The `files:` of lwd.yaml: what the image's read-only root is packed from, each file with its place there. */
import { join, normalize, resolve } from 'node:path';
import { type FileStatus, listEntries, realPath, status } from '../sys/fs.js';
import type { Checking } from './check.js';
import type { PackedFile } from './model.js';
import { findPortData } from './recipe.js';
import type { Settings } from './schema.js';

/** Sorted by target; of no use if something was reported. */
export async function findPackedFiles(
  entries: Settings['files'],
  root: string,
  check: Checking,
): Promise<PackedFile[]> {
  const tree = new PackedTree();
  if (!check.isClean(['files'])) return [];
  for (const [index, { source, target }] of (entries ?? []).entries()) {
    const report = (key: 'source' | 'target', message: string) => check.report(['files', index, key], message);
    const port = /^port:([^/]+)\/(.+)$/.exec(source);
    const found = port
      ? await portFile(port[1] ?? '', port[2] ?? '', target)
      : await plainFiles(resolve(root, source), target);
    for (const message of found.problems) report('source', message);
    for (const file of found.files) {
      const wrong = tree.add(file);
      if (wrong !== undefined) report('target', wrong);
    }
  }
  return tree.files.sort((a, b) => (a.target < b.target ? -1 : 1));
}

interface Found {
  files: PackedFile[];
  problems: string[];
}

async function portFile(port: string, file: string, target: string): Promise<Found> {
  const data = await findPortData(port, file);
  if (data === undefined) return { files: [], problems: [`there is no port "${port}" with a file "${file}"`] };
  return { files: [{ source: data.path, target, port: { name: port, file } }], problems: [] };
}

/** A file, or all files of a folder and its folders; a link stands for the file that it leads to. */
async function plainFiles(source: string, target: string): Promise<Found> {
  const kind = await kindBehindLinks(source);
  if (kind === 'file') return { files: [{ source, target }], problems: [] };
  const found: Found = { files: [], problems: [] };
  if (kind === 'directory') await collect(source, target, found);
  else found.problems.push(kind === undefined ? `there is no file ${source}` : `${source} is neither file nor folder`);
  return found;
}

async function collect(folder: string, target: string, found: Found): Promise<void> {
  for (const entry of await listEntries(folder)) {
    const path = join(folder, entry.name);
    if (entry.kind === 'directory') {
      await collect(path, join(target, entry.name), found);
      continue;
    }
    const kind = entry.kind === 'link' ? await kindBehindLinks(path) : entry.kind;
    if (kind === 'file') found.files.push({ source: path, target: join(target, entry.name) });
    else found.problems.push(whyNotPacked(path, kind));
  }
}

async function kindBehindLinks(path: string): Promise<FileStatus['kind'] | undefined> {
  const real = await realPath(path);
  return real === undefined ? undefined : (await status(real))?.kind;
}

/** Opening a pipe would wait for whoever writes into it, and a linked folder may lead back to itself. */
function whyNotPacked(path: string, kind: FileStatus['kind'] | undefined): string {
  if (kind === undefined) return `${path} is a link to nothing`;
  if (kind === 'directory') return `${path} is a link to a folder: give that folder an entry of its own`;
  return `${path} is neither file nor folder`;
}

/** The files of the root as a tree that takes no two things in one place. */
class PackedTree {
  readonly files: PackedFile[] = [];
  #targets = new Set<string>();
  /** Each folder with the first file that lies below it. */
  #folders = new Map<string, string>();

  /** Adds the file, unless something is wrong with its target: then says what. */
  add(file: PackedFile): string | undefined {
    const target = normalize(file.target);
    if (target === '/.lwd' || target.startsWith('/.lwd/')) return '/.lwd is taken by lwd itself';
    if (this.#targets.has(target)) return `${target} is there already`;
    const above = foldersAbove(target);
    const other = this.#folders.get(target) ?? above.find((folder) => this.#targets.has(folder));
    if (other !== undefined) return `${target} and ${other}: one cannot be both a file and a folder`;
    this.files.push({ ...file, target });
    this.#targets.add(target);
    for (const folder of above) if (!this.#folders.has(folder)) this.#folders.set(folder, target);
    return undefined;
  }
}

/** "/a/b/c" → "/a", "/a/b" */
function foldersAbove(target: string): string[] {
  const parts = target.split('/').slice(1, -1);
  return parts.map((_, index) => `/${parts.slice(0, index + 1).join('/')}`);
}
