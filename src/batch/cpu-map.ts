/**
 * From a batch system's numbers of a node's CPUs to Xen's. The two need not agree: Slurm counts socket by socket, core by
 * core, thread by thread; Xen as the firmware lists processors; and what dom0 keeps for itself may be missing in the one
 * and not in the other. Pure.
 *
 * The map is a text, a line for some nodes: `PATTERN LIST`. The list has Xen's numbers in the order of the batch system's;
 * the first line whose pattern (`*` is any text) is the node's counts; `#` begins a comment. Without a line for a node its
 * numbers are those of Xen's CPUs in the order of sockets, cores and threads, which is Slurm's own.
 */
import { UserError } from '../errors.js';

export type CpuMap = readonly { pattern: RegExp; cpus: readonly number[] }[];

export const defaultMapFile = '/etc/lwd/cpu-map';

/** Throws UserError with the line that is wrong. */
export function parseCpuMap(text: string, file: string): CpuMap {
  return text.split('\n').flatMap((line, index) => {
    const words = line.replace(/#.*/, '').trim();
    if (words === '') return [];
    const [name = '', list = '', more] = words.split(/\s+/);
    const cpus = parseOrdered(list);
    if (more !== undefined || cpus === undefined || !/^[\w.*-]+$/.test(name)) {
      throw new UserError(`${file}:${index + 1}: ${JSON.stringify(words.slice(0, 80))} is no line of a map of CPUs`, {
        next: ["write a node's name (* is any text) and Xen's CPUs in the batch system's order: node-* 2-9,12"],
      });
    }
    if (new Set(cpus).size < cpus.length) {
      throw new UserError(`${file}:${index + 1}: a CPU is there twice`, { next: ['name each of them once'] });
    }
    return [{ pattern: new RegExp(`^${name.replaceAll('.', '\\.').replaceAll('*', '.*')}$`), cpus }];
  });
}

/** As written, unlike lists.ts, which sorts. */
function parseOrdered(list: string): number[] | undefined {
  const cpus: number[] = [];
  for (const part of list.split(',')) {
    const match = /^(\d{1,4})(?:-(\d{1,4}))?$/.exec(part);
    const first = Number(match?.[1]);
    const last = Number(match?.[2] ?? match?.[1]);
    if (match === null || first > last) return undefined;
    for (let cpu = first; cpu <= last; cpu += 1) cpus.push(cpu);
  }
  return cpus;
}

/** The node's line of the map: Xen's CPUs in the batch system's order; undefined if it has none. */
export function mappedCpus(map: CpuMap, node: string): readonly number[] | undefined {
  return map.find(({ pattern }) => pattern.test(node))?.cpus;
}

export interface OrderedCpu {
  cpu: number;
  core: number;
  socket: number;
}

/** Xen's CPUs as Slurm counts them. */
export function topologyOrder(cpus: readonly OrderedCpu[]): number[] {
  return cpus.toSorted((a, b) => a.socket - b.socket || a.core - b.core || a.cpu - b.cpu).map(({ cpu }) => cpu);
}

/** Xen's numbers of these CPUs. Throws UserError if the node has fewer than the batch system thinks. */
export function hostCpus(cores: readonly number[], order: readonly number[], node: string): number[] {
  return cores.map((core) => {
    const cpu = order[core];
    if (cpu !== undefined) return cpu;
    throw new UserError(`the batch system gave CPU ${core} of ${node}, which has ${order.length} as far as lwd knows`, {
      next: [`correct what it is told of the node, or give the node a line in ${defaultMapFile} (LWD_CPU_MAP)`],
    });
  });
}
