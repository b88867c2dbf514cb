import { UserError } from '../../errors.js';
import { exitCode } from '../../exit-codes.js';
import { movedReport } from '../../report/pool.js';
import { moveToPool } from '../../xl/pool.js';
import { DomainsCommand, domainFlags, domainNames } from '../domains-base.js';

export default class PoolMove extends DomainsCommand<typeof PoolMove> {
  static override summary = 'move domains into a pool, while they run';
  static override examples = ['<%= config.bin %> pool move solver-1 hpc', '<%= config.bin %> pool move --all Pool-0'];
  static override usage = 'pool move NAME... POOL | --all POOL | --selector KEY=VALUE POOL [FLAGS]';
  static override args = domainNames;
  // oclif looks at a command's own properties only.
  static override strict = false;
  static override flags = domainFlags;

  async run(): Promise<void> {
    const pool = this.operands.at(-1);
    if (pool === undefined) throw new UserError('say where to: lwd pool move NAME POOL', { exit: 'usage' });
    const { host, domains } = await this.chosen(this.operands.slice(0, -1));
    const moved = await moveToPool(host, domains, pool);
    this.output.result(movedReport(moved));
    for (const domain of moved) {
      if (domain.pool === pool) continue;
      this.output.warn(
        `${domain.name} is ${domain.pool === undefined ? 'gone' : `in ${domain.pool}`}, and not in ${pool}`,
      );
      this.exitWith(exitCode('toolFailed'));
    }
  }
}
