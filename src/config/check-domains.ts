/**
 * What lwd.yaml says of domains, checked beyond the schema: of the one, or of each of several, which say what differs and take
 * the rest from the project.
 */
import { resolve } from 'node:path';
import { realPath, status } from '../sys/fs.js';
import type { Checking } from './check.js';
import type { DomainEntry, Project } from './model.js';
import { nearest } from './nearest.js';
import type { Settings } from './schema.js';

type DomainWords = Pick<Settings, 'volumes' | 'disks' | 'network' | 'args' | 'env' | 'domain'>;

const MiB = 1024 * 1024;
const defaultMemory = 64 * MiB;
const leastMemory = 4 * MiB;
/** Of a domain's name, in Xen. */
const longestName = 63;

/** `at`: where in lwd.yaml the words stand. */
export async function checkDomainSettings(
  words: DomainWords | undefined,
  root: string,
  at: readonly PropertyKey[],
  check: Checking,
): Promise<DomainEntry['settings']> {
  return {
    volumes: await findVolumes(words?.volumes, root, at, check),
    disks: findDisks(words?.disks, root, at, check),
    network: check.isClean([...at, 'network']) ? (words?.network ?? []).map(networkCard) : [],
    args: words?.args ?? [],
    env: { ...words?.env },
    domain: checkDomain(words?.domain, at, check),
  };
}

/** Empty if there is no `domains:`. `common`: what the project says for all of them. */
export async function checkDomains(
  settings: Settings,
  common: DomainEntry['settings'],
  root: string,
  check: Checking,
): Promise<DomainEntry[]> {
  const written = settings?.domains;
  if (written === undefined || !check.isClean(['domains'])) return [];
  const names = Object.keys(written);
  const entries: DomainEntry[] = [];
  for (const name of names) {
    const own = written[name] ?? {};
    const at = ['domains', name];
    const last = own.count === undefined ? '' : `-${own.count - 1}`;
    const full = `${settings.name}-${name}${last}`;
    if (full.length > longestName) check.report(at, `makes a name longer than ${longestName} characters: ${full}`);
    // What is wrong with the project's own is told there.
    const isOwn = own.domain !== undefined && check.isClean(['domain']);
    const words = { ...own, domain: isOwn ? { ...settings.domain, ...own.domain } : undefined };
    // The project's memory, if it is wrong, is told of there.
    const isSized = own.domain?.memory !== undefined || own.domain?.maxmem !== undefined;
    const ownCheck: Checking = {
      ...check,
      report: (path, message) => {
        if (isSized || path[2] !== 'domain') check.report(path, message);
      },
    };
    const checked = await checkDomainSettings(words, root, at, ownCheck);
    entries.push({
      name,
      count: own.count,
      after: afterOf(own.after ?? {}, names, at, check),
      settings: {
        volumes: own.volumes === undefined ? common.volumes : checked.volumes,
        disks: own.disks === undefined ? common.disks : checked.disks,
        network: own.network === undefined ? common.network : checked.network,
        args: own.args ?? common.args,
        env: { ...common.env, ...own.env },
        domain: isOwn ? checked.domain : common.domain,
      },
    });
  }
  reportCircles(entries, check);
  return entries;
}

function afterOf(
  after: Record<string, DomainEntry['after'][number]['condition']>,
  names: readonly string[],
  at: readonly PropertyKey[],
  check: Checking,
): DomainEntry['after'] {
  return Object.entries(after).flatMap(([name, condition]) => {
    const entry = names.indexOf(name);
    if (entry >= 0) return [{ entry, condition }];
    const near = nearest(name, names);
    const hint = near === undefined ? `there are: ${names.join(', ')}` : `did you mean "${near}"?`;
    check.report([...at, 'after', name], `there is no "${name}" in domains; ${hint}`);
    return [];
  });
}

/** A circle is told once, where the first of it stands. */
function reportCircles(entries: readonly DomainEntry[], check: Checking): void {
  const done = new Set<number>();
  const walk = (entry: number, way: number[]): void => {
    const start = way.indexOf(entry);
    if (start >= 0) {
      const circle = [...way.slice(start), entry].map((each) => entries[each]?.name ?? '');
      const at = ['domains', circle[0] ?? '', 'after', circle[1] ?? ''];
      check.report(at, `none of them would ever start: ${circle.join(' waits for ')}`);
      return;
    }
    if (done.has(entry)) return;
    for (const { entry: next } of entries[entry]?.after ?? []) walk(next, [...way, entry]);
    done.add(entry);
  };
  for (const index of entries.keys()) walk(index, []);
}

function checkDomain(domain: DomainWords['domain'], at: readonly PropertyKey[], check: Checking): Project['domain'] {
  const sizeOf = (key: 'memory' | 'maxmem' | 'max_console_log') => {
    const written = check.isClean([...at, 'domain', key]) ? domain?.[key] : undefined;
    return written === undefined ? undefined : sizeBytes(written);
  };
  const memory = sizeOf('memory') ?? defaultMemory;
  const maxmem = sizeOf('maxmem') ?? memory;
  if (memory < leastMemory)
    check.report([...at, 'domain', 'memory'], 'is less than 4M, the least that a domain starts with');
  if (maxmem < memory) {
    check.report([...at, 'domain', 'maxmem'], `is less than memory (${memory / MiB}M), must be that or more`);
  }
  return {
    type: domain?.type ?? 'auto',
    vcpus: domain?.vcpus ?? 1,
    memory,
    maxmem,
    cpus: domain?.cpus,
    on_crash: domain?.on_crash ?? 'destroy',
    max_event_channels: domain?.max_event_channels,
    max_grant_frames: domain?.max_grant_frames,
    max_maptrack_frames: domain?.max_maptrack_frames,
    max_console_log: sizeOf('max_console_log'),
  };
}

function networkCard(card: NonNullable<Settings['network']>[number]): Project['network'][number] {
  const { bridge = 'xenbr0', ip = 'dhcp', gateway, dns = [], mac } = card;
  return { bridge, ip, gateway, dns, mac };
}

/** "64M" → bytes. The text has passed the schema. */
function sizeBytes(text: string): number {
  return Number.parseInt(text, 10) * (text.includes('G') ? 1024 : 1) * MiB;
}

async function findVolumes(
  entries: DomainWords['volumes'],
  root: string,
  at: readonly PropertyKey[],
  check: Checking,
): Promise<Project['volumes']> {
  const found: Project['volumes'] = [];
  if (!check.isClean([...at, 'volumes'])) return [];
  for (const [index, { source, target, readonly }] of (entries ?? []).entries()) {
    const path = resolve(root, source);
    const kind = (await status((await realPath(path)) ?? path))?.kind;
    if (kind !== 'directory') check.report([...at, 'volumes', index, 'source'], `there is no folder ${source}`);
    if (found.some((other) => other.target === target)) {
      check.report([...at, 'volumes', index, 'target'], `${target} is there already`);
    }
    found.push({ source: path, target, readonly: readonly ?? false });
  }
  return found;
}

/** Whether a disk's file is there is not asked before it is used: a program may have to make it first. */
function findDisks(
  entries: DomainWords['disks'],
  root: string,
  at: readonly PropertyKey[],
  check: Checking,
): Project['disks'] {
  const found: Project['disks'] = [];
  if (!check.isClean([...at, 'disks'])) return [];
  for (const [index, { source, target, readonly }] of (entries ?? []).entries()) {
    if (found.some((other) => other.target === target)) {
      check.report([...at, 'disks', index, 'target'], `${target} is there already`);
    }
    found.push({ source: resolve(root, source), target, readonly: readonly ?? false });
  }
  return found;
}
