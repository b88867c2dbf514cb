/**
 * What a schema cannot say: relations between settings, and whether the sources and files that are named exist. Turns
 * settings into the Project, with every default filled in.
 */
import { basename, extname, join, normalize, relative, resolve } from 'node:path';
import { listTree, realPath, status } from '../sys/fs.js';
import { expandPattern, isPattern } from './glob.js';
import type { Project } from './model.js';
import { findPortData } from './recipe.js';
import type { Settings } from './schema.js';

export interface Checking {
  /** False where the schema has found something wrong already: such values must not be touched. */
  isClean(path: readonly PropertyKey[]): boolean;
  report(path: readonly PropertyKey[], message: string): void;
}

const MiB = 1024 * 1024;
const defaultMemory = 64 * MiB;
const leastMemory = 4 * MiB;
/** Extensions of files that are compiled, and of those that one day will be. */
const sourceExtensions = ['.c', '.S', '.s'];
const laterLanguages: Record<string, string> = {
  '.cc': 'C++',
  '.cpp': 'C++',
  '.cxx': 'C++',
  '.C': 'C++',
  '.f': 'Fortran',
  '.f90': 'Fortran',
  '.F90': 'Fortran',
  '.rs': 'Rust',
};

/** The Project; of no use if something was reported. */
export async function checkSettings(settings: Settings, root: string, check: Checking): Promise<Project> {
  return {
    root,
    name: settings?.name,
    build: {
      sources: await findSources(settings?.build?.sources, root, check),
      include: await findFolders(settings?.build?.include, root, check),
      flags: check.isClean(['build', 'flags']) ? (settings?.build?.flags ?? []) : [],
      libraries: findLibraries(settings?.build?.libraries, check),
      profile: settings?.build?.profile ?? 'release',
    },
    files: await findFiles(settings?.files, root, check),
    volumes: await findVolumes(settings?.volumes, root, check),
    disks: findDisks(settings?.disks, root, check),
    network: check.isClean(['network']) ? (settings?.network ?? []).map(networkCard) : [],
    args: settings?.args ?? [],
    env: { ...settings?.env },
    domain: checkDomain(settings?.domain, check),
    host: settings?.host,
  };
}

function checkDomain(domain: Settings['domain'], check: Checking): Project['domain'] {
  const sizeOf = (key: 'memory' | 'maxmem') => {
    const written = check.isClean(['domain', key]) ? domain?.[key] : undefined;
    return written === undefined ? undefined : sizeBytes(written);
  };
  const memory = sizeOf('memory') ?? defaultMemory;
  const maxmem = sizeOf('maxmem') ?? memory;
  if (memory < leastMemory) check.report(['domain', 'memory'], 'is less than 4M, the least that a domain starts with');
  if (maxmem < memory) {
    check.report(['domain', 'maxmem'], `is less than memory (${memory / MiB}M), must be that or more`);
  }
  return {
    type: domain?.type ?? 'auto',
    vcpus: domain?.vcpus ?? 1,
    memory,
    maxmem,
    cpus: domain?.cpus,
    on_crash: domain?.on_crash ?? 'destroy',
  };
}

function networkCard(card: NonNullable<Settings['network']>[number]): Project['network'][number] {
  const { bridge = 'xenbr0', ip = 'dhcp', gateway, dns = [], mac } = card;
  return { bridge, ip, gateway, dns, mac };
}

/** "64M" → bytes. The text has passed the schema. */
export function sizeBytes(text: string): number {
  return Number.parseInt(text, 10) * (text.includes('G') ? 1024 : 1) * MiB;
}

async function findSources(patterns: string[] | undefined, root: string, check: Checking): Promise<string[]> {
  const found = new Set<string>();
  if (!check.isClean(['build', 'sources'])) return [];
  for (const [index, pattern] of (patterns ?? []).entries()) {
    const path = ['build', 'sources', index];
    const files = await expandPattern(root, pattern);
    if (files.length === 0) {
      check.report(
        path,
        isPattern(pattern) ? `${JSON.stringify(pattern)} matches no file` : `there is no file ${pattern}`,
      );
    }
    for (const file of files) {
      const wrong = whyNotSource(relative(root, file));
      if (wrong === undefined) found.add(file);
      else check.report(path, wrong);
    }
  }
  return [...found].sort();
}

function whyNotSource(file: string): string | undefined {
  // ninja does not find such names again in a compiler's list of headers, and would compile the file every time.
  if (/[:;&|'"*?^<>`\\\p{Cc}]/u.test(file)) {
    return `${JSON.stringify(file)}: none of : ; & | ' " * ? ^ < > \` \\ may be in a source's path`;
  }
  const extension = extname(file);
  if (sourceExtensions.includes(extension)) return undefined;
  const language = laterLanguages[extension];
  if (language !== undefined)
    return `${basename(file)}: ${language} is not yet supported, only C (.c) and assembler (.S)`;
  return `${basename(file)} is no source: C (.c) and assembler (.S) are known`;
}

async function findFolders(folders: string[] | undefined, root: string, check: Checking): Promise<string[]> {
  const found: string[] = [];
  if (!check.isClean(['build', 'include'])) return [];
  for (const [index, folder] of (folders ?? []).entries()) {
    const path = resolve(root, folder);
    const kind = (await status((await realPath(path)) ?? path))?.kind;
    if (kind !== 'directory') check.report(['build', 'include', index], `there is no folder ${folder}`);
    found.push(path);
  }
  return found;
}

/** Libraries are ports, and there is none that is a library yet. */
function findLibraries(libraries: string[] | undefined, check: Checking): string[] {
  if (!check.isClean(['build', 'libraries'])) return [];
  for (const [index, library] of (libraries ?? []).entries()) {
    const always = ['c', 'm', 'pthread', 'libc', 'libm'].includes(library);
    check.report(
      ['build', 'libraries', index],
      always
        ? `"${library}" need not be named: the C library is always linked`
        : `there is no port "${library}": this version of lwd has no library but the C library, which is always linked`,
    );
  }
  return [];
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

async function findVolumes(entries: Settings['volumes'], root: string, check: Checking): Promise<Project['volumes']> {
  const found: Project['volumes'] = [];
  if (!check.isClean(['volumes'])) return [];
  for (const [index, { source, target, readonly }] of (entries ?? []).entries()) {
    const path = resolve(root, source);
    const kind = (await status((await realPath(path)) ?? path))?.kind;
    if (kind !== 'directory') check.report(['volumes', index, 'source'], `there is no folder ${source}`);
    if (found.some((other) => other.target === target)) {
      check.report(['volumes', index, 'target'], `${target} is there already`);
    }
    found.push({ source: path, target, readonly: readonly ?? false });
  }
  return found;
}

/** Whether a disk's file is there is not asked before it is used: a program may have to make it first. */
function findDisks(entries: Settings['disks'], root: string, check: Checking): Project['disks'] {
  const found: Project['disks'] = [];
  if (!check.isClean(['disks'])) return [];
  for (const [index, { source, target, readonly }] of (entries ?? []).entries()) {
    if (found.some((other) => other.target === target)) {
      check.report(['disks', index, 'target'], `${target} is there already`);
    }
    found.push({ source: resolve(root, source), target, readonly: readonly ?? false });
  }
  return found;
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
