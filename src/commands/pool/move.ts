import { UserError } from '../../errors.js';
import { movedReport } from '../../report/pool.js';
import { moveToPool } from '../../xl/place/pool.js';
import { DomainsCommand, domainFlags, domainNames } from '../domains-base.js';
import { timeoutFlag } from '../hosts-base.js';

export default class PoolMove extends DomainsCommand<typeof PoolMove> {
  static override summary = 'move domains into a pool, while they run';
  static override examples = ['<%= config.bin %> pool move solver-1 hpc', '<%= config.bin %> pool move --all Pool-0'];
  static override usage = 'pool move NAME... POOL | --all POOL | --selector KEY=VALUE POOL [FLAGS]';
  static override args = domainNames;
  // oclif looks at a command's own properties only.
  static override strict = false;
  static override flags = { ...domainFlags, timeout: timeoutFlag() };

  async run(): Promise<void> {
    const pool = this.operands.at(-1);
    if (pool === undefined) throw new UserError('say where to: lwd pool move NAME POOL', { exit: 'usage' });
    const names = this.operands.slice(0, -1);
    const moved = await this.onDomains((host, domains) => moveToPool(host, domains, pool), {
      names,
      look: 'pool list',
    });
    this.show(movedReport(moved), moved);
    for (const row of moved.rows) {
      if (row.pool === pool) continue;
      const where = row.pool === undefined ? 'gone' : `in ${row.pool}`;
      this.output.warn(`${this.called(row, moved)} is ${where}, and not in ${pool}`);
      this.failWith('toolFailed');
    }
  }
}
