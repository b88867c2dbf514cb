/** Whether a domain's vCPUs are where they were wanted. xl takes a list of CPUs that do not exist without a word. */
import { UserError } from '../../errors.js';
import type { Host } from '../../host/host.js';
import { parsePlacements } from '../observed/status.js';

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
  const wrong = places.find((place) => !agrees(cpus, place.hard));
  if (wrong === undefined) return undefined;
  return new UserError(`${name} was to run on CPUs ${cpus}, but Xen lets vCPU ${wrong.vcpu} run on: ${wrong.hard}`, {
    exit: 'cannotCreate',
    next: ['see which CPUs the host has: lwd host ssh -- xl info', 'then change cpus in lwd.yaml, or give --cpus'],
  });
}

/** Whether Xen's words for an affinity mean the same as the wish. Nodes are xl's to expand: taken as agreed. */
export function agrees(wish: string, seen: string): boolean {
  const wanted = expandCpus(wish);
  const given = expandCpus(seen);
  if (wanted === undefined || given === undefined) return true;
  if (wanted === 'all' || given === 'all') return wanted === given;
  return wanted.size === given.size && [...wanted].every((cpu) => given.has(cpu));
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
