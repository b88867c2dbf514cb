import { poolsReport } from '../../report/pool.js';
import { listPools } from '../../xl/place/pool.js';
import { hostsFlag } from '../base.js';
import { HostsCommand, timeoutFlag } from '../hosts-base.js';

export default class PoolList extends HostsCommand<typeof PoolList> {
  static override summary = "list the hosts' pools of CPUs";
  static override examples = ['<%= config.bin %> pool list', '<%= config.bin %> pool list --json'];
  static override flags = { host: hostsFlag, timeout: timeoutFlag() };

  async run(): Promise<void> {
    const pools = await this.rows(listPools, { reads: true });
    this.show(poolsReport(pools), pools);
  }
}
