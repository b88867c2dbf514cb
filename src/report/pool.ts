/** Results of `lwd pool`. */
import type { MovedDomain } from '../xl/pool.js';
import { cpuList, type Pool } from '../xl/topology.js';
import type { Report } from './output.js';
import { tableText } from './text.js';

export function poolsReport(pools: readonly Pool[], host: string): Report {
  return {
    toJson: () => ({ host, pools }),
    toText: () =>
      tableText([
        ['POOL', 'CPUS', 'SCHEDULER', 'DOMAINS'],
        ...pools.map(({ name, cpus, scheduler, domains }) => [name, cpuList(cpus) || '-', scheduler, String(domains)]),
      ]),
  };
}

export function poolReport(pool: Pool, done: 'made' | 'removed'): Report {
  return {
    toJson: () => ({ pool, [done]: true }),
    toText: () => `${pool.name}  CPUs ${cpuList(pool.cpus)}, ${pool.scheduler}, ${done}`,
  };
}

export function movedReport(moved: readonly MovedDomain[]): Report {
  return {
    toJson: () => ({
      domains: moved.map(({ name, id, pool, cpus }) => ({ name, domid: id, pool: pool ?? null, cpus })),
    }),
    toText: () =>
      tableText([
        ['NAME', 'POOL', 'MAY RUN ON'],
        ...moved.map(({ name, pool, cpus }) => [name, pool ?? 'gone', cpus || '-']),
      ]),
  };
}
