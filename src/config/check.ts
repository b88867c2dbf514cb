/**
 * What a schema cannot say: relations between settings, and whether the sources and files that are named exist. Turns
 * settings into the Project, with every default filled in.
 */
import { join, normalize, resolve } from 'node:path';
import { listTree, realPath, status } from '../sys/fs.js';
import { checkBuild } from './check-build.js';
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
/** The Project; of no use if something was reported. */
export async function checkSettings(settings: Settings, root: string, check: Checking): Promise<Project> {
  return {
    root,
    name: settings?.name,
    build: await checkBuild(settings, root, check),
    files: await findFiles(settings?.files, root, check),
    volumes: await findVolumes(settings?.volumes, root, check),
    disks: findDisks(settings?.disks, root, check),
    network: check.isClean(['network']) ? (settings?.network ?? []).map(networkCard) : [],
    args: settings?.args ?? [],
    env: { ...settings?.env },
    domain: checkDomain(settings?.domain, check),
    posix: settings?.posix ?? 'lax',
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
