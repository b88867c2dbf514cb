/**
 * Which CPUs a domain gets that asked for `--cpus auto`: whole cores that nobody else may run on, near each other and near
 * free memory. Pure: what is there comes from topology.ts and `xl vcpu-list`.
 */
import { UserError } from '../../errors.js';
import { cpuList, type HostCpu, type Topology } from '../facts/topology.js';
import type { Placement } from '../observed/status.js';
import { expandCpus } from './placement.js';

export interface CpuWish {
  /** A core for each. */
  vcpus: number;
  /** MiB */
  memory: number;
  /** This node alone; undefined: any. */
  node: number | undefined;
}

export interface ChosenCpus {
  cpus: number[];
  node: number | undefined;
  /** For people: what was chosen, and why. */
  why: string;
  /** dom0 is not pinned, so that it may run there too, unless a pool keeps it out. */
  withDom0: boolean;
}

interface Core {
  /** Its threads; the first is used, the others stay idle. */
  threads: number[];
  node: number;
}

/** Throws UserError, with what is free, if there are too few free cores. `allowed`: the CPUs that may be taken. */
export function chooseCpus(
  topology: Topology,
  placements: ReadonlyMap<number, readonly Placement[]>,
  allowed: readonly number[],
  wish: CpuWish,
): ChosenCpus {
  const { taken, floating } = occupied(placements);
  const cores = coresOf(topology.cpus).filter(
    ({ threads, node }) =>
      (wish.node === undefined || node === wish.node) &&
      threads.every((cpu) => !taken.has(cpu) && allowed.includes(cpu)),
  );
  const home = bestNode(topology, cores, wish);
  const ordered = home === undefined ? cores : cores.filter(({ node }) => node === home);
  // The highest first: what is not pinned, dom0 above all, tends to be on the lowest.
  const chosen = ordered.toSorted((a, b) => (b.threads[0] ?? 0) - (a.threads[0] ?? 0)).slice(0, wish.vcpus);
  if (chosen.length < wish.vcpus) throw tooFew(wish, cores, taken);
  const cpus = chosen.map(({ threads }) => threads[0] ?? 0).sort((a, b) => a - b);
  const where = home === undefined ? 'on several nodes, since no single one has so many' : `of node ${home}`;
  const free = cores.length === 1 ? '1 whole core was free' : `${cores.length} whole cores were free`;
  const why = `CPUs ${cpuList(cpus)} ${where}: ${free}`;
  return { cpus, node: home, why, withDom0: floating.includes(0) };
}

/** CPUs that somebody was given, and domains that may run anywhere. */
export function occupied(placements: ReadonlyMap<number, readonly Placement[]>): {
  taken: Set<number>;
  floating: number[];
} {
  const taken = new Set<number>();
  const floating: number[] = [];
  for (const [domain, vcpus] of placements) {
    for (const { hard } of vcpus) {
      const cpus = expandCpus(hard);
      if (cpus === undefined || cpus === 'all') floating.push(domain);
      else for (const cpu of cpus) taken.add(cpu);
    }
  }
  return { taken, floating };
}

function coresOf(cpus: readonly HostCpu[]): Core[] {
  const cores = new Map<string, Core>();
  for (const { cpu, core, socket, node } of cpus) {
    const key = `${node}/${socket}/${core}`;
    const known = cores.get(key);
    if (known === undefined) cores.set(key, { threads: [cpu], node });
    else known.threads.push(cpu);
  }
  for (const { threads } of cores.values()) threads.sort((a, b) => a - b);
  return [...cores.values()];
}

/** The node with enough cores, enough free memory if one has that, and then the fewest cores left over. */
function bestNode(topology: Topology, cores: readonly Core[], wish: CpuWish): number | undefined {
  const count = (node: number) => cores.filter((core) => core.node === node).length;
  const roomy = (node: number) => (topology.nodes.find((one) => one.node === node)?.free ?? 0) >= wish.memory;
  const nodes = [...new Set(cores.map(({ node }) => node))].filter((node) => count(node) >= wish.vcpus);
  return nodes.sort((a, b) => Number(roomy(b)) - Number(roomy(a)) || count(a) - count(b) || a - b)[0];
}

function tooFew(wish: CpuWish, cores: readonly Core[], taken: ReadonlySet<number>): UserError {
  const where = wish.node === undefined ? '' : ` of node ${wish.node}`;
  const free = cores.map(({ threads }) => threads[0] ?? 0);
  return new UserError(`${wish.vcpus} whole cores${where} are wanted, and ${cores.length} are free`, {
    exit: 'noResources',
    next: [
      `free: CPUs ${cpuList(free) || 'none'}; given to domains: ${cpuList([...taken]) || 'none'}`,
      'see who has them: lwd ps; or share them: --cpus LIST',
    ],
  });
}
