/** Whether a domain's vCPUs are where they were wanted. xl takes a list of CPUs that do not exist without a word. */
import { UserError } from '../../errors.js';
import type { Host } from '../../host/host.js';
import { cpuList, type HostCpu } from '../facts/topology.js';
import { parsePlacements } from '../observed/status.js';
import type { DomainWish } from '../spec/spec.js';

/**
 * Looks where a domain may run that was just created with `cpus`. Gives what is wrong; undefined if nothing is, or if the
 * domain has gone meanwhile.
 */
export async function checkPlacement(
  host: Host,
  name: string,
  id: number,
  cpus: string,
): Promise<UserError | undefined> {
  const result = await host.exec(['xl', 'vcpu-list', String(id)], { timeout: 60_000, shielded: true });
  const places = parsePlacements(result.stdout).get(id) ?? [];
  const count = places.some(({ hard }) => mayBeAll(cpus, hard)) ? await cpuCount(host) : undefined;
  const wrong = places.find((place) => !agrees(cpus, place.hard, count));
  if (wrong === undefined) return undefined;
  return new UserError(`${name} was to run on CPUs ${cpus}, but Xen lets vCPU ${wrong.vcpu} run on: ${wrong.hard}`, {
    exit: 'cannotCreate',
    next: ['see which CPUs the host has: lwd host ssh -- xl info', 'then change cpus in lwd.yaml, or give --cpus'],
  });
}

/**
 * Whether Xen's words for an affinity mean the same as the wish. Nodes are xl's to expand: taken as agreed. `count`: of the host's
 * CPUs; a list of all of them is "all" in xl's words.
 */
export function agrees(wish: string, seen: string, count?: number): boolean {
  const wanted = expandCpus(wish);
  const given = expandCpus(seen);
  if (wanted === undefined || given === undefined || wanted === given) return true;
  const [one, other] = [numbered(wanted, count), numbered(given, count)];
  if (one === undefined || other === undefined) return false;
  return one.size === other.size && [...one].every((cpu) => other.has(cpu));
}

function numbered(cpus: Set<number> | 'all', count: number | undefined): Set<number> | undefined {
  if (cpus !== 'all') return cpus;
  return count === undefined ? undefined : new Set(Array.from({ length: count }, (_, cpu) => cpu));
}

/** Whether it needs the number of the host's CPUs to tell. */
export function mayBeAll(wish: string, seen: string): boolean {
  return (wish === 'all') !== (seen === 'all');
}

/** How many CPUs the host has; undefined where it does not say, to users of a broker for instance. */
export async function cpuCount(host: Host): Promise<number | undefined> {
  if (host.broker !== undefined) return undefined;
  const { stdout } = await host.exec(['xl', 'info'], { timeout: 60_000, shielded: true });
  const count = /^nr_cpus\s*:\s*(\d+)/m.exec(stdout)?.[1];
  return count === undefined ? undefined : Number(count);
}

/** Those of a list that a host has not. `there`: what it has. None of a list that names nodes. */
export function unknownCpus(list: string, there: readonly number[]): number[] {
  const wanted = expandCpus(list);
  if (!(wanted instanceof Set) || there.length === 0) return [];
  return [...wanted].filter((cpu) => !there.includes(cpu));
}

/** undefined if the list names nodes, or excludes from all. */
export function expandCpus(list: string): Set<number> | 'all' | undefined {
  if (list === 'all') return 'all';
  const cpus = new Set<number>();
  for (const part of list.split(',')) {
    const match = /^(\^?)(\d+)(?:-(\d+))?$/.exec(part);
    if (match === null) return undefined;
    const first = Number(match[2]);
    for (let cpu = first; cpu <= Number(match[3] ?? first); cpu++) {
      if (match[1] === '^') cpus.delete(cpu);
      else cpus.add(cpu);
    }
  }
  return cpus;
}

/** Before anything is made: xl would leave out what is not there, or say something of an affinity. */
export function checkCpus(host: string, wishes: readonly DomainWish[], cpus: readonly HostCpu[]): void {
  const there = cpus.map(({ cpu }) => cpu);
  for (const { name, settings } of wishes) {
    const unknown = cpuList(unknownCpus(settings.cpus ?? '', there));
    if (unknown === '') continue;
    throw new UserError(`${name} was to run on CPUs ${settings.cpus}, but ${host} has no ${unknown}`, {
      exit: 'cannotCreate',
      next: [
        `it has CPUs ${cpuList(there)}; --cpus (cpus in lwd.yaml) says which of them, by number`,
        'how many vCPUs the domain has is said by --vcpus; --cpus auto chooses free ones',
      ],
    });
  }
}
