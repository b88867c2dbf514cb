/** Results of `lwd pool`. */

import { cpuList, type Pool } from '../xl/facts/topology.js';
import type { MovedDomain } from '../xl/place/pool.js';
import type { Report } from './output.js';
import { type Rows, rowsReport } from './rows.js';

export function poolsReport(pools: Rows<Pool>): Report {
  return rowsReport(pools, {
    key: 'pools',
    json: (pool) => ({ ...pool }),
    heading: ['POOL', 'CPUS', 'SCHEDULER', 'DOMAINS'],
    lines: ({ name, cpus, scheduler, domains }) => [[name, cpuList(cpus) || '-', scheduler, String(domains)]],
  });
}

/** Pools that were made or removed. */
export function changedPoolsReport(pools: Rows<Pool>, done: 'made' | 'removed'): Report {
  const report = rowsReport(pools, {
    key: 'pools',
    json: (pool) => ({ ...pool }),
    lines: ({ name, cpus, scheduler }) => [[name, `CPUs ${cpuList(cpus)}, ${scheduler}, ${done}`]],
  });
  const [only, ...others] = pools.rows;
  const alone = only !== undefined && others.length === 0 ? { pool: only } : {};
  return { ...report, toJson: () => ({ ...alone, ...(report.toJson() as object), [done]: pools.rows.length > 0 }) };
}

export function movedReport(moved: Rows<MovedDomain>): Report {
  return rowsReport(moved, {
    key: 'domains',
    json: ({ name, id, pool, cpus }) => ({ name, domid: id, pool: pool ?? null, cpus }),
    heading: ['NAME', 'POOL', 'MAY RUN ON'],
    lines: ({ name, pool, cpus }) => [[name, pool ?? 'gone', cpus || '-']],
  });
}
