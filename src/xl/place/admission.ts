/**
 * Whether a host has room for domains, before any of them is made: memory with what each costs beside its own, and names.
 * Pure. xl would find out too, but after files have been copied, and for several domains only after some of them run.
 */
import { HostError, type LwdError, UserError } from '../../errors.js';
import type { Topology } from '../facts/topology.js';
import { peak } from './peak.js';

export interface Applicant {
  name: string;
  /** MiB */
  memory: number;
  maxmem: number;
}

/** Of two that are to be made: whether the first is over when the second begins. */
export type Before = (first: string, second: string) => boolean;

/** Whether these two are never there at the same time. */
export function areApart(before: Before | undefined, one: string, other: string): boolean {
  return before !== undefined && (before(one, other) || before(other, one));
}

/** MiB that Xen takes for a domain beside its memory: its own structures, and page tables of what the domain could have. */
export function overhead({ maxmem }: Applicant): number {
  return 2 + Math.ceil(maxmem / 128);
}

/**
 * Why they cannot be made; undefined if nothing is known against it. `names`: of all domains that are there. What runs one after
 * another takes room once. `held`: MiB of shells, which are counted as any domain is.
 */
export function refuse(
  applicants: readonly Applicant[],
  topology: Pick<Topology, 'freeMemory' | 'claimed'>,
  names: ReadonlySet<string>,
  host: string,
  { before = () => false, held = 0 }: { before?: Before | undefined; held?: number } = {},
): LwdError | undefined {
  const there = applicants.filter(({ name }) => names.has(name)).map(({ name }) => name);
  if (there.length > 0) {
    return new UserError(`a domain named ${there.join(', ')} is there already on ${host}`, {
      exit: 'cannotCreate',
      next: ['give another name: lwd up --name NAME', `or end what is there: lwd down ${there.join(' ')}`],
    });
  }
  const weights = applicants.map((one) => one.memory + overhead(one));
  const name = (index: number) => applicants[index]?.name ?? '';
  const wanted = peak(weights, (first, second) => before(name(first), name(second)));
  const free = topology.freeMemory - topology.claimed;
  if (wanted <= free) return undefined;
  const many = applicants.length > 1 ? `${applicants.length} domains` : `domain ${applicants[0]?.name}`;
  return new HostError(`${host} has ${free} MiB free, and ${many} would take ${wanted}`, {
    exit: 'noResources',
    next: [
      'ask for less: lwd up --memory SIZE',
      ...(held === 0 ? [] : [`or end the shells, which have ${held} MiB: lwd down --selector state=shell`]),
      'or see what runs there: lwd ps',
    ],
  });
}
