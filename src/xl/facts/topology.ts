/** A host's CPUs, nodes, pools and memory, as xl prints them: texts, since it has no other form. Pure. */

export interface HostCpu {
  cpu: number;
  core: number;
  socket: number;
  node: number;
}

export interface HostNode {
  node: number;
  /** MiB */
  total: number;
  free: number;
}

export interface Pool {
  name: string;
  cpus: number[];
  scheduler: string;
  domains: number;
}

export interface Topology {
  cpus: HostCpu[];
  nodes: HostNode[];
  /** MiB: what is free, and what of it is promised to domains that are being made. */
  freeMemory: number;
  claimed: number;
}

/** `xl info -n` */
export function parseTopology(text: string): Topology {
  const number = (key: string) => Number(new RegExp(`^${key}\\s*:\\s*(\\d+)`, 'm').exec(text)?.[1] ?? 0);
  const [, afterCpus = ''] = text.split(/^cpu_topology\s*:.*$/m);
  const [cpus = '', afterNodes = ''] = afterCpus.split(/^numa_info\s*:.*$/m);
  return {
    cpus: rows(cpus, /^\s*(\d+):\s+(\d+)\s+(\d+)\s+(\d+)\s*$/gm).map(([cpu = 0, core = 0, socket = 0, node = 0]) => ({
      cpu,
      core,
      socket,
      node,
    })),
    nodes: rows(afterNodes, /^\s*(\d+):\s+(\d+)\s+(\d+)\s+[\d,]+\s*$/gm).map(([node = 0, total = 0, free = 0]) => ({
      node,
      total,
      free,
    })),
    freeMemory: number('free_memory'),
    claimed: number('outstanding_claims'),
  };
}

function rows(text: string, line: RegExp): number[][] {
  return [...text.matchAll(line)].map((match) => match.slice(1).map(Number));
}

/** `xl cpupool-list`, then a line "--- cpus", then `xl cpupool-list -c`. */
export function parsePools(text: string): Pool[] {
  const [list = '', cpuLists = ''] = text.split('--- cpus\n');
  const cpus = new Map(
    [...cpuLists.matchAll(/^(\S+) +([\d,]*)$/gm)].map(([, name = '', numbers = '']): [string, number[]] => [
      name,
      numbers.split(',').filter(Boolean).map(Number),
    ]),
  );
  return [...list.matchAll(/^(\S+) +(\d+) +(\S+) +[yn] +(\d+)$/gm)].map(([, name = '', , scheduler = '', domains]) => ({
    name,
    cpus: cpus.get(name) ?? [],
    scheduler,
    domains: Number(domains),
  }));
}

/** 0, 1, 2, 5 → "0-2,5", as xl writes it. */
export function cpuList(cpus: readonly number[]): string {
  const sorted = [...new Set(cpus)].sort((a, b) => a - b);
  const parts: string[] = [];
  for (let at = 0; at < sorted.length; ) {
    let end = at;
    while (sorted[end + 1] === (sorted[end] ?? 0) + 1) end++;
    parts.push(end === at ? `${sorted[at]}` : `${sorted[at]}-${sorted[end]}`);
    at = end + 1;
  }
  return parts.join(',');
}
