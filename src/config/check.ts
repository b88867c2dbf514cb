/**
 * What a schema cannot say: relations between settings, and whether the sources and files that are named exist. Turns
 * settings into the Project, with every default filled in.
 */
import { join, normalize, resolve } from 'node:path';
import { listTree, realPath, status } from '../sys/fs.js';
import { checkBuild } from './check-build.js';
import { checkDomainSettings, checkDomains } from './check-domains.js';
import type { Project } from './model.js';
import { findPortData } from './recipe.js';
import type { Settings } from './schema.js';

export interface Checking {
  /** False where the schema has found something wrong already: such values must not be touched. */
  isClean(path: readonly PropertyKey[]): boolean;
  report(path: readonly PropertyKey[], message: string): void;
}

/** The Project; of no use if something was reported. */
export async function checkSettings(settings: Settings, root: string, check: Checking): Promise<Project> {
  const common = await checkDomainSettings(settings, root, [], check);
  return {
    root,
    name: settings?.name,
    build: await checkBuild(settings, root, check),
    files: await findFiles(settings?.files, root, check),
    ...common,
    domains: await checkDomains(settings, common, root, check),
    posix: settings?.posix ?? 'lax',
    host: settings?.host,
  };
}

type Files = Project['files'];

async function findFiles(entries: Settings['files'], root: string, check: Checking): Promise<Files> {
  const found: Files = [];
  if (!check.isClean(['files'])) return [];
  for (const [index, { source, target }] of (entries ?? []).entries()) {
    const path = ['files', index, 'source'];
    const port = /^port:([^/]+)\/(.+)$/.exec(source);
    const added = port
      ? await portFile(port[1] ?? '', port[2] ?? '', target)
      : await plainFiles(resolve(root, source), target);
    if (typeof added === 'string') check.report(path, added);
    for (const file of typeof added === 'string' ? [] : added) {
      const wrong = addFile(found, file);
      if (wrong !== undefined) check.report(['files', index, 'target'], wrong);
    }
  }
  return found.sort((a, b) => (a.target < b.target ? -1 : 1));
}

async function portFile(port: string, file: string, target: string): Promise<Files | string> {
  const data = await findPortData(port, file);
  return data === undefined
    ? `there is no port "${port}" with a file "${file}"`
    : [{ source: data.path, target, port: { name: port, file } }];
}

async function plainFiles(source: string, target: string): Promise<Files | string> {
  const real = await realPath(source);
  const kind = real === undefined ? undefined : (await status(real))?.kind;
  if (kind === 'file') return [{ source, target }];
  if (kind !== 'directory')
    return kind === undefined ? `there is no file ${source}` : `${source} is neither file nor folder`;
  const files = [];
  for (const name of await listTree(source)) files.push({ source: join(source, name), target: join(target, name) });
  return files;
}

/** Adds the file, unless something is wrong with its target: then says what. */
function addFile(files: Files, file: Files[number]): string | undefined {
  const target = normalize(file.target);
  if (target === '/.lwd' || target.startsWith('/.lwd/')) return '/.lwd is taken by lwd itself';
  for (const other of files) {
    if (other.target === target) return `${target} is there already`;
    if (other.target.startsWith(`${target}/`) || target.startsWith(`${other.target}/`)) {
      return `${target} and ${other.target}: one cannot be both a file and a folder`;
    }
  }
  files.push({ ...file, target });
  return undefined;
}
